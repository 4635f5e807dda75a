"""`python -m tests.faults.mutations`: takes one mechanism away at a time and shows that the suite notices.

Each is removed from a copy of the project by exact replacement; then the short faults that depend on it run there. Takes
about a minute each, so it is run by hand; tests.faults.test_mutations checks that every text to replace is still there.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.environment import ROOT

NOT_COPIED: Final = shutil.ignore_patterns(
    ".git", ".venv", ".data", "__pycache__", ".*_cache", ".hypothesis", "node_modules"
)
LEDGER_LINE: Final = re.compile(r"^E\s+(?:AssertionError: )?(\d+ .+ (?:never|[\d.]+ s))$", re.MULTILINE)
LATE: Final = re.compile(r"^E\s+\S*Late: (.+)$", re.MULTILINE)
FAILED: Final = re.compile(r"^(?:FAILED|ERROR) \S+::(\w+)", re.MULTILINE)
ONE_RUN_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Edit:
    """One exact replacement; `old` stands exactly once in the file."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """A mechanism taken away, and the tests that must fail without it."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


MUTATIONS: Final = (
    Mutation(
        "claim: no state change",
        (
            Edit(
                "db/queries/claims.py",
                "UPDATE outbox o SET state = 'claimed', due_at = now() + :lease\n    FROM owing",
                "UPDATE outbox o SET due_at = o.due_at\n    FROM owing",
            ),
            Edit(
                "db/queries/claims.py",
                "FROM claimed c WHERE m.id = c.message_id AND m.status IN ('scheduled', 'queued')",
                "FROM claimed c WHERE m.id = c.message_id",
            ),
        ),
        ("test_races.py::test_two_workers_send_one_message_once",),
    ),
    Mutation(
        "receipts: no guard of the status in SQL",
        (
            Edit(
                "db/queries/receipts.py",
                'WHEN {rank_sql("v.peak")} > {rank_sql("m.status")}',
                "WHEN v.peak IS NOT NULL",
            ),
        ),
        ("test_receipts.py::test_receipts_in_every_order_never_move_a_status_back",),
    ),
    Mutation(
        "sweeper: nothing rings for due rows",
        (
            Edit(
                "worker/schedule.py",
                '    "ring for due rows": _every(DEFAULTS.sweep_seconds, "housekeeping.ring_due_work"),\n',
                "",
            ),
        ),
        ("test_redis.py::test_when_all_rings_are_lost_the_sweeper_finds_the_work",),
    ),
    Mutation(
        "abandoned sends: never noticed",
        (
            Edit(
                "worker/schedule.py",
                '    "notice abandoned sends": _every(DEFAULTS.abandoned_tick_seconds, "housekeeping.mark_abandoned_sends"),\n',
                "",
            ),
        ),
        ("test_workers.py::test_workers_killed_during_calls_that_never_arrive_are_noticed",),
    ),
    Mutation(
        "unknown: silence never counts",
        (Edit("tasks/housekeeping.py", "elif unknown.send_again(connection, message.id):", "elif False:"),),
        ("test_meta.py::test_what_never_arrived_is_sent_once_more_after_silence_among_witnesses",),
    ),
    Mutation(
        "unknown: silence always counts",
        (Edit("tasks/housekeeping.py", "if not silence_counts:", "if False:"),),
        (
            "test_meta.py::test_silence_while_nobodys_receipts_come_proves_nothing",
            "test_meta.py::test_silence_after_our_own_outage_proves_nothing",
        ),
    ),
    Mutation(
        "unknown: a lost answer is taken for a no",
        (
            Edit(
                "tasks/attempt.py",
                'outcome = _titled(_decided(message, Decision("unknown")),',
                'outcome = _titled(_decided(message, Decision("retry", timedelta(0))),',
            ),
        ),
        ("test_meta.py::test_an_answer_lost_after_acceptance_is_settled_by_receipts_and_never_sent_twice",),
    ),
    Mutation(
        "inbound: no deduplication",
        (
            Edit("db/queries/arrivals.py", "ON CONFLICT (channel_id, wamid) WHERE wamid IS NOT NULL DO NOTHING\n", ""),
            Edit(
                "db/migrations/versions/0001_main_job.py",
                '["channel_id", "wamid"],\n        unique=True,',
                '["channel_id", "wamid"],\n        unique=False,',
            ),
        ),
        ("test_inbound.py::test_inbound_messages_again_in_other_company_are_stored_once",),
    ),
    Mutation(
        "receiver: 200 before the commit",
        (
            Edit(
                "web/webhooks/inbox.py", "if not waiting.settled.acquire(timeout=ANSWER_WITHIN_SECONDS):", "if False:"
            ),
            Edit("web/webhooks/inbox.py", "if not waiting.stored:", "if False:"),
        ),
        ("test_postgres.py::test_a_full_disk_refuses_and_recovers",),
    ),
    Mutation(
        "API: idempotency keys not kept",
        (
            Edit(
                "db/queries/idempotency.py",
                "return connection.execute(_CLAIM, values).rowcount > 0",
                "return connection.execute(_CLAIM, values).rowcount >= 0",
            ),
        ),
        ("test_races.py::test_two_calls_with_one_key_send_one_message",),
    ),
    Mutation(
        "receipts: early ones are never matched",
        (
            Edit(
                "worker/schedule.py",
                '    "match late receipts": _every(DEFAULTS.receipts_tick_seconds, "housekeeping.match_receipts"),\n',
                "",
            ),
        ),
        ("test_receipts.py::test_receipts_before_the_wamid_is_known_find_their_message",),
    ),
    Mutation(
        "pace: what a worker takes is not taken off",
        (
            Edit(
                "db/queries/claims.py",
                "tokens = b.tokens - (SELECT count(*) FROM claimed)",
                "tokens = b.tokens",
            ),
        ),
        ("test_fairness.py::test_two_workers_share_the_pace_of_a_number_and_of_a_recipient",),
    ),
    Mutation(
        "unknown: RESEND_UNKNOWN=never is not heard",
        (
            Edit(
                "tasks/housekeeping.py",
                'elif message.resends or get_settings().resend_unknown == "never":',
                "elif message.resends:",
            ),
        ),
        ("test_meta.py::test_what_nothing_may_send_again_is_left_to_a_person_who_settles_it_either_way",),
    ),
    Mutation(
        "stop: a worker does not wait for its calls",
        (
            Edit("messaging/limits.py", "worker_stop_seconds: float = 14.5", "worker_stop_seconds: float = 5.0"),
            Edit("messaging/contradictions.py", "limits.longest_last_call_seconds + RECORDING_MARGIN_SECONDS,", "0.0,"),
        ),
        ("test_workers.py::test_a_worker_asked_to_stop_during_the_longest_call_waits_for_its_answer",),
    ),
    Mutation(
        "poison: tried for ever",
        (Edit("db/queries/inbox.py", "MAX_ATTEMPTS = DEFAULTS.ingest_attempts\n", "MAX_ATTEMPTS = 1_000_000_000\n"),),
        ("test_poison.py::test_an_inbound_message_that_always_raises_fails_visibly_and_alone",),
    ),
)


class NotFound(Exception):
    """A text to replace does not stand exactly once in its file; the message tells which."""


def edited(edit: Edit, root: Path) -> str:
    """Return the file's text after the replacement.

    Raises:
        NotFound: the old text is not there, or not only once.
    """
    text = (root / edit.path).read_text()
    if text.count(edit.old) != 1:
        raise NotFound(f"{edit.path}: {text.count(edit.old)} times, not once: {edit.old!r}")
    return text.replace(edit.old, edit.new)


def apply(mutation: Mutation, root: Path) -> None:
    """Take a mechanism out of the project at `root`."""
    for edit in mutation.edits:
        (root / edit.path).write_text(edited(edit, root))


def main() -> int:
    """Run the mutations and print a table; 0 only when the untouched copy passes and every mutation is noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="a part of the name")
    only = parser.parse_args().only
    chosen = [mutation for mutation in MUTATIONS if only in mutation.name]
    everything = tuple(dict.fromkeys(test for mutation in chosen for test in mutation.tests))
    print(f"{'taken away':42} {'seconds':>7}  noticed by")
    control = _run(Mutation("nothing", (), everything))
    noticed = [_run(mutation) for mutation in chosen]
    print(
        f"{sum(noticed)} of {len(noticed)} noticed; with nothing taken away the same tests {'fail' if control else 'pass'}"
    )
    return 0 if all(noticed) and not control else 1


def _run(mutation: Mutation) -> bool:
    """Run the tests without the mechanism and print a row; True when any failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="paperboy-mutation-") as directory:
        copy = Path(directory) / "project"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED, symlinks=False)
        apply(mutation, copy)
        output = _pytest(copy, mutation.tests)
    failed = FAILED.findall(output)
    print(f"{mutation.name:42} {time.monotonic() - began:>7.0f}  {failed[0] if failed else 'nobody'}", flush=True)
    for line in _figures(output):
        print(f"{'':52}{line}")
    return bool(failed)


def _pytest(root: Path, tests: Sequence[str]) -> str:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *(f"tests/faults/{test}" for test in tests),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=ONE_RUN_SECONDS, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return done.stdout


def _figures(output: str) -> Iterator[str]:
    for match in LEDGER_LINE.findall(output):
        name, *figures = re.split(r"\s{2,}", match.replace("  ", " ", 1))
        yield f"{name}: {_labelled(figures)}"
    yield from LATE.findall(output)


def _labelled(figures: Sequence[str]) -> str:
    names = ("accepted", "effects", "lost", "doubled", "regressed", "unknown", "recovered")
    return ", ".join(f"{name} {figure}" for name, figure in zip(names, " ".join(figures).split(), strict=False))


if __name__ == "__main__":
    sys.exit(main())
