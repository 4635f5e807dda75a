"""11. The pace of a number and of a recipient, which two worker processes share; Meta's books give the figures."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from db.engine import build_engine
from messaging.limits import DEFAULTS
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import how_many
from tests.faults.scale import Scale
from tests.faults.second_senders import go, not_before_both_are_there, promise_that_both_sent, second_senders
from tests.faults.system import System
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until

FAMILY: Final = 11
NO_LOAD: Final = Rates(sends=0, posts=0, written=0)
PER_SECOND: Final = 80
FULL_SECONDS: Final = 6
BEHIND_THE_BURST: Final = 2
LATE: Final = 1.5
"""How much slower than its pace a number may send: sweeps, claims and two workers that take turns."""
BUNCHED: Final = 1.5
"""How much a second may hold above the pace: what is claimed evenly arrives together when the machine stalled for half a
second. Two paces instead of a shared one would be twice the pace."""
ONE_RECIPIENT: Final = "+18094700000"
USUAL: Final = 500
"""THROUGHPUT_PER_SECOND of tests.faults.environment."""

_DUE: Final = """
WITH due AS (
    INSERT INTO messages (id, tenant_id, channel_id, direction, type, status, contact_phone, content)
    SELECT gen_random_uuid(), c.tenant_id, c.id, 'outbound', 'template', 'queued',
        CASE WHEN n <= %(to_one)s THEN %(one)s ELSE '+1809' || (6000000 + n) END,
        '{"type": "template", "template": {"name": "hello_world", "language": {"code": "es"}}}'
    FROM channels c, generate_series(1, %(count)s) AS n RETURNING id, tenant_id, channel_id, contact_phone
)
INSERT INTO outbox (message_id, tenant_id, channel_id, state, recipient, template_name, template_language, due_at)
SELECT id, tenant_id, channel_id, 'waiting', contact_phone, 'hello_world', 'es', 'infinity' FROM due
"""


def two_workers_share_a_pace(system: System, scale: Scale, seed: int) -> Ledger:
    """Two workers have all the work there is for one number, and a burst for one recipient: neither pace is exceeded."""
    to_one = DEFAULTS.pair_burst + BEHIND_THE_BURST
    count = PER_SECOND * FULL_SECONDS + to_one
    with (
        _pace(system),
        trial(system, "11 two workers, one number, one pair", rates=NO_LOAD, seed=seed, settle=scale.settle) as one,
    ):
        _queue(system, count, to_one)
        not_before_both_are_there(system)
        with second_senders(system):
            go(system)
            until(lambda: how_many(system, "SELECT count(*) FROM outbox") == 0, 90, "all are sent")
            promise_that_both_sent(one)
        sends = system.meta.look("sends")
        one.promise(len(sends) == count, f"each is sent once: {len(sends)} of {count}")
        times = sorted(_moment(send) for send in sends if send["to"] != ONE_RECIPIENT)
        pair = sorted(_moment(send) for send in sends if send["to"] == ONE_RECIPIENT)
        _promise_number_paced(one, times)
        _promise_pair_paced(one, pair)
    return one.ledger


def _promise_number_paced(one: Trial, times: Sequence[float]) -> None:
    """A full bucket holds a second's worth; all else comes at the number's pace, and not much slower."""
    least = (len(times) - 2 * PER_SECOND) / PER_SECOND
    took = times[-1] - times[0]
    one.promise(least <= took <= LATE * FULL_SECONDS + 2, f"{len(times)} messages take {least:.1f} s; {took:.1f} s")
    busiest = _busiest_second([moment for moment in times if moment > times[0] + 1])
    one.promise(busiest <= PER_SECOND * BUNCHED, f"after the bucket's worth {PER_SECOND} a second; {busiest}")
    one.ledger.fault += f": {len(times) / took:.0f}/s"


def _promise_pair_paced(one: Trial, times: Sequence[float]) -> None:
    """The burst goes out at once; each message behind it comes as much later as the pair's rate says."""
    behind = times[DEFAULTS.pair_burst :]
    waits = [round(moment - times[0], 1) for moment in behind]
    least = [(number + 1) * DEFAULTS.pair_interval_seconds for number in range(len(behind))]
    kept = all(least_wait - 1 <= wait <= least_wait + 3 for wait, least_wait in zip(waits, least, strict=True))
    one.promise(len(behind) == BEHIND_THE_BURST and kept, f"behind the burst after {least} s; {waits}")
    burst = times[DEFAULTS.pair_burst - 1] - times[0]
    one.promise(burst < LATE * FULL_SECONDS + 2, f"the burst goes out at once: {burst:.1f} s")


def _moment(send: dict[str, Any]) -> float:
    return datetime.fromisoformat(send["accepted_at"]).timestamp()


def _busiest_second(times: Sequence[float]) -> int:
    return max((sum(start <= moment < start + 1 for moment in times) for start in times), default=0)


def _queue(system: System, count: int, to_one: int) -> None:
    engine = build_engine(system.postgres.url)
    with engine.begin() as connection:
        connection.exec_driver_sql(_DUE, {"count": count, "to_one": to_one, "one": ONE_RECIPIENT})
    engine.dispose()


@contextlib.contextmanager
def _pace(system: System) -> Iterator[None]:
    """The one channel sends at Meta's usual pace."""
    _let_send(system, PER_SECOND)
    try:
        yield
    finally:
        _let_send(system, USUAL)


def _let_send(system: System, per_second: int) -> None:
    with system.database() as connection:
        connection.execute("UPDATE channels SET throughput_per_second = %s", (per_second,))


FAULTS: Final = (Fault(FAMILY, two_workers_share_a_pace),)
