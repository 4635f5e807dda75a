"""After an outage: does work go on by itself, and does every worker hear again?"""

import time
from typing import Final

from sqlalchemy import text

from db.engine import build_engine
from db.ids import new_id
from tests.faults.rows import status_of
from tests.faults.senders import inbound_body
from tests.faults.system import System
from tests.faults.trial import Trial
from tests.rows import Place, add_message

RESUMES_WITHIN: Final = 10.0


def promise_that_work_resumes(one: Trial) -> None:
    """What comes after the return has its effect, and what only the sweepers can find is found: no worker is deaf."""
    returned = time.monotonic()
    abandoned = _abandon_a_send(one.system)
    unrung = f"wamid.{one.label}unrung"
    _store_without_a_ring(one.system, unrung)
    one.load.callers.send_now("afterwards")
    left = RESUMES_WITHIN - (time.monotonic() - returned)
    one.promise_within(lambda: _is_stored(one.system, unrung) and _is_sent(one, "afterwards"), left, "work resumes")
    left = RESUMES_WITHIN - (time.monotonic() - returned)
    one.promise_within(lambda: status_of(one.system, abandoned) == "unknown", left, "housekeeping resumes")
    with one.system.database() as connection:
        connection.execute("DELETE FROM messages WHERE id = %s", (abandoned,))


def _abandon_a_send(system: System) -> str:
    """Put a message where a worker that vanished during its call would leave it; only housekeeping looks there."""
    engine = build_engine(system.postgres.url)
    with engine.begin() as connection:
        place = connection.exec_driver_sql("SELECT tenant_id, id, phone_number_id FROM channels ORDER BY id").first()
        message_id = add_message(connection, Place(*place), "queued", attempt=1)  # type: ignore[misc]
        values = {"id": message_id}
        connection.execute(text("UPDATE messages SET status = 'sending' WHERE id = :id"), values)
        connection.execute(text("UPDATE outbox SET state = 'claimed', due_at = now() WHERE message_id = :id"), values)
    engine.dispose()
    return str(message_id)


def _store_without_a_ring(system: System, wamid: str) -> None:
    with system.database() as connection:
        connection.execute(
            "WITH arrived AS (INSERT INTO inbox (id, body) VALUES (%s, %s) RETURNING id, received_at) "
            "INSERT INTO inbox_queue (inbox_id, received_at, due_at, size) "
            "SELECT id, received_at, received_at, 1 FROM arrived",
            (new_id(), inbound_body(wamid)),
        )


def _is_stored(system: System, wamid: str) -> bool:
    with system.database() as connection:
        return connection.execute("SELECT 1 FROM messages WHERE wamid = %s", (wamid,)).fetchone() is not None


def _is_sent(one: Trial, name: str) -> bool:
    query = "SELECT 1 FROM messages WHERE client_reference = %s AND wamid IS NOT NULL"
    with one.system.database() as connection:
        return connection.execute(query, (f"{one.label}{name}",)).fetchone() is not None
