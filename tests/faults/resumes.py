"""After an outage: does work go on by itself, and does every worker hear again?"""

import time
from typing import Final

from db.ids import new_id
from tests.faults.senders import inbound_body
from tests.faults.system import System
from tests.faults.trial import Trial

RESUMES_WITHIN: Final = 10.0


def promise_that_work_resumes(one: Trial) -> None:
    """What comes after the return has its effect, and so has what only the sweeper can find: no worker is deaf."""
    returned = time.monotonic()
    unrung = f"wamid.{one.label}unrung"
    _store_without_a_ring(one.system, unrung)
    one.load.callers.send_now("afterwards")
    left = RESUMES_WITHIN - (time.monotonic() - returned)
    one.promise_within(lambda: _is_stored(one.system, unrung) and _is_sent(one, "afterwards"), left, "work resumes")


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
