"""11. One tenant's batch beside another tenant's single invoices: nobody waits for somebody else's batch."""

import contextlib
from collections.abc import Iterator
from typing import Final

from db.engine import build_engine
from simulator.defaults import SECOND_PHONE_NUMBER_ID
from tests.faults.callers import Asked
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import all_of, how_many
from tests.faults.scale import Scale
from tests.faults.system import System
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until
from tests.rows import Place, add_channel

FAMILY: Final = 11
BATCH: Final = 50_000
SINGLE_INVOICES: Final = 12
WORST_SECONDS: Final = 2.0
FAST_NUMBER: Final = 1_000
"""Messages a second, Meta's highest: the batch's own pace must not be what holds it back."""

_BATCH = """
WITH batch AS (
    INSERT INTO messages (id, tenant_id, channel_id, direction, type, status, contact_phone, content)
    SELECT gen_random_uuid(), %(tenant)s, %(channel)s, 'outbound', 'template', 'queued',
        '+1809' || (6000000 + n), '{"type": "template", "template": {"name": "hello_world", "language": {"code": "es"}}}'
    FROM generate_series(1, %(count)s) AS n RETURNING id, tenant_id, channel_id, contact_phone
)
INSERT INTO outbox (message_id, tenant_id, channel_id, state, recipient, template_name, template_language, due_at)
SELECT id, tenant_id, channel_id, 'waiting', contact_phone, 'hello_world', 'es', now() FROM batch
"""
_DELAYS = """
SELECT extract(epoch FROM accepted_at - created_at)::float8 FROM messages
WHERE id = ANY(%s::uuid[]) AND accepted_at IS NOT NULL
"""


def batch_beside_single_invoices(system: System, scale: Scale, seed: int) -> Ledger:
    """50,000 messages of one tenant are due at once; another tenant's invoices go out in between."""
    name = f"11 {BATCH:,} of a tenant, others' invoices"
    with (
        trial(system, name, rates=Rates(sends=1), seed=seed, settle=scale.settle) as one,
        _batch_of_another_tenant(system) as place,
    ):
        until(lambda: _sent(system, place) > 0, 20, "the batch is on its way")
        asked = [_single_invoice(one, number) for number in range(SINGLE_INVOICES)]
        delays = until(lambda: _delays(system, asked), scale.settle, "the single invoices are accepted")
        still_waits = how_many(system, "SELECT count(*) FROM outbox WHERE channel_id = %s", place.channel_id)
        one.promise(still_waits > BATCH / 10, "the batch still waits; else nothing was tried")
        one.promise(max(delays) <= WORST_SECONDS, f"none waits over {WORST_SECONDS} s; the worst {max(delays):.2f} s")
        one.ledger.fault = f"{name}: {max(delays):.2f} s"
    return one.ledger


def _single_invoice(one: Trial, number: int) -> Asked:
    asked = one.load.callers.send_now(f"single{number}")
    one.passes(one.random.uniform(0.05, 0.4))
    return asked


@contextlib.contextmanager
def _batch_of_another_tenant(system: System) -> Iterator[Place]:
    engine = build_engine(system.postgres.url, options="")  # a worker's time limits are not for 50,000 rows at once
    with engine.begin() as connection:
        token = connection.exec_driver_sql("SELECT access_token FROM channels").scalar_one()
        place = add_channel(connection, "batch", SECOND_PHONE_NUMBER_ID, access_token=token, throughput=FAST_NUMBER)
        connection.exec_driver_sql(_BATCH, {"tenant": place.tenant_id, "channel": place.channel_id, "count": BATCH})
    engine.dispose()
    try:
        yield place
    finally:
        with system.database() as connection:
            connection.execute("DELETE FROM outbox WHERE channel_id = %s AND state = 'waiting'", (place.channel_id,))


def _sent(system: System, place: Place) -> int:
    return how_many(
        system, "SELECT count(*) FROM messages WHERE channel_id = %s AND wamid IS NOT NULL", place.channel_id
    )


def _delays(system: System, asked: list[Asked]) -> list[float]:
    delays = [seconds for (seconds,) in all_of(system, _DELAYS, [each.message_id for each in asked])]
    return delays if len(delays) == len(asked) else []


FAULTS: Final = (Fault(FAMILY, batch_beside_single_invoices),)
