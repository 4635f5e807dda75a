"""7. The same inbound message again: at once, hours later, in other company, to two web processes."""

import threading
from collections.abc import Sequence
from typing import Final

from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.scale import Scale
from tests.faults.senders import Posts, inbound_body
from tests.faults.system import System
from tests.faults.trial import Trial, trial
from tests.faults.waiting import until

FAMILY: Final = 7
SECOND_WEB: Final = "web-2"
COPIES: Final = 3


def inbound_again_in_other_company(system: System, scale: Scale, seed: int) -> Ledger:
    """Each message several times within a second: alone, twice in one POST, and in ever other batches."""
    with trial(system, "7  inbound duplicates, re-batched", seed=seed, settle=scale.settle) as one:
        system.meta.control("faults", webhooks={"duplicate": COPIES, "twin": True, "shuffle": True})
        wamids = [f"wamid.{one.label}again{number}" for number in range(4 * scale.repeats)]
        posts = one.load.posts
        for _ in range(4):
            one.random.shuffle(wamids)
            for batch in _batches(one, wamids):
                posts.until_acknowledged(inbound_body(*batch, batch[0]), batch)
        one.flows()
    copies = max((written["acknowledged"] for written in system.meta.look("inbound")), default=0)
    one.promise(copies >= COPIES, f"the simulator's messages came again; else nothing was tried: {copies}")
    return one.ledger


def inbound_again_hours_later(system: System, scale: Scale, seed: int) -> Ledger:
    """A message comes again after all that was done for it is hours old and in yesterday's partition."""
    with trial(system, "7  inbound duplicates, hours apart", seed=seed, settle=scale.settle) as one:
        wamids = [f"wamid.{one.label}hours{number}" for number in range(scale.repeats)]
        one.load.posts.until_acknowledged(inbound_body(*wamids), wamids)
        until(lambda: _stored(system, wamids) == len(wamids), 20, "all are stored")
        _let_a_day_pass(system)
        for wamid in wamids:
            one.load.posts.until_acknowledged(inbound_body(wamid), [wamid])
        one.flows()
    return one.ledger


def inbound_at_two_web_processes_at_once(system: System, scale: Scale, seed: int) -> Ledger:
    """The same bytes reach two web processes in the same moment, again and again."""
    name = "7  one POST at two web processes at once"
    system.add_replica(SECOND_WEB, of="web", words={"$PORT": "$SECOND_PORT"}, variables=_other_port(system))
    try:
        with trial(system, name, seed=seed, settle=scale.settle) as one:
            second = Posts(f"http://127.0.0.1:{_other_port(system)['SECOND_PORT']}", one.label, 1)
            for number in range(2 * scale.repeats):
                wamid = f"wamid.{one.label}both{number}"
                _post_at_once((one.load.posts, second), inbound_body(wamid), wamid)
            second.sessions.close()
            both = second.acknowledged & one.load.posts.acknowledged
            one.promise(len(both) == 2 * scale.repeats, f"both answer 200, to each; {len(both)}")
    finally:
        system.remove_replica(SECOND_WEB)
    return one.ledger


def _batches(one: Trial, wamids: Sequence[str]) -> list[list[str]]:
    batches, rest = [], list(wamids)
    while rest:
        size = one.random.randint(1, 7)
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


def _post_at_once(targets: Sequence[Posts], body: bytes, wamid: str) -> None:
    gate = threading.Barrier(len(targets))

    def post(target: Posts) -> None:
        gate.wait(5)
        target.until_acknowledged(body, [wamid])

    threads = [threading.Thread(target=post, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _stored(system: System, wamids: Sequence[str]) -> int:
    with system.database() as connection:
        found = connection.execute("SELECT count(*) FROM messages WHERE wamid = ANY(%s)", (list(wamids),)).fetchone()
    return int(found[0]) if found else 0


def _let_a_day_pass(system: System) -> None:
    with system.database() as connection:
        connection.execute(
            "UPDATE messages SET created_at = created_at - interval '1 day', updated_at = updated_at - interval '1 day', "
            "delivered_at = delivered_at - interval '1 day'"
        )
        connection.execute(
            "UPDATE inbox SET received_at = received_at - interval '1 day' "
            "WHERE NOT EXISTS (SELECT FROM inbox_queue WHERE inbox_id = inbox.id)"
        )


def _other_port(system: System) -> dict[str, str]:
    return {"SECOND_PORT": system.spare_port}


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (inbound_again_in_other_company, inbound_again_hours_later, inbound_at_two_web_processes_at_once)
)
