"""The one table of limits: they fit together, a wrong set is refused with its reason, and none stands elsewhere."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from embedded.processes import PROCESSES
from messaging.contradictions import contradictions
from messaging.limits import DEFAULTS, MARGIN_SECONDS, Limits
from worker.schedule import BEAT_SCHEDULE

ROOT = Path(__file__).parents[2]
KEPT_ELSEWHERE = {
    "db/queries/partitions.py": {"DAYS_BACK", "DAYS_AHEAD", "LOCK_SECONDS", "ADVISORY_LOCK"},
    "db/queries/contact_lookups.py": {"ADVISORY_LOCK", "OF_EACH_TENANT"},
    "db/queries/inbox.py": {"CLAIM_AT_ONCE", "MAX_CLAIMED_BYTES"},
    "db/queries/gateway_sessions.py": {"KNOWN_EVENTS", "MOST_TRANSITIONS"},
    "db/queries/live_events.py": {"ADVISORY_LOCK"},
    "db/queries/live_presences.py": {"FORGOTTEN_AFTER"},
    "db/queries/number_proof.py": {"MOST_WAITING"},
    "tasks/conversation_rules.py": {"FRESH_SECONDS"},
    "tasks/ingest_contacts.py": {"TRIES"},
    "tasks/ingest_messages.py": {"TRIES"},
    "tasks/media.py": {"LEASE", "FETCHING_SECONDS", "KEPT_BY_META"},
    "tasks/media_storage.py": {"BLOCK"},
    "tasks/retention.py": {"BATCH", "WORKING_SECONDS", "LOOK_AGAIN_AFTER"},
    "tasks/signed_posts.py": {"BLOCK"},
    "tasks/ingest_sessions.py": {"QR_LIFETIME"},
    "tasks/sessions.py": {"KEEP_HISTORY"},
    "tasks/ingest_notes.py": {"NOTE_EVERY_SECONDS"},
    "tasks/sending.py": {"THREADS", "COLLECT_SECONDS", "LOOK_AGAIN_SECONDS", "WAIT_FOR_PACE_SECONDS"},
}
"""Sizes and rhythms of one loop, on which nothing else depends."""

WRONG = [
    ({"send_lease_seconds": 10}, "would be called unknown"),
    ({"graph_read_seconds": 50}, "would be called unknown"),
    ({"graph_read_seconds": 11}, "a stop would cut a call off"),
    ({"worker_stop_seconds": 12}, "a stop would cut a call off"),
    ({"task_soft_seconds": 30}, "interrupt a call"),
    ({"task_hard_seconds": 46}, "could not wind up"),
    ({"visibility_seconds": 60}, "given out twice"),
    ({"pair_burst": 46}, "Meta would refuse"),
    ({"ingest_lease_seconds": 20}, "claimed twice"),
    ({"giving_back_seconds": 25}, "before its rows are given back"),
    ({"ingest_claims": 5}, "said to end its worker"),
    ({"worker_lock_seconds": 21}, "would never show"),
    ({"web_lock_seconds": 6}, "would never show"),
    ({"unknown_silence_seconds": 30}, "a call could still be running"),
    ({"inbox_is_current_seconds": 1_000}, "still wait in the inbox"),
    ({"unknown_near_seconds": 700}, "witnesses would be overlooked"),
    ({"keys_kept_seconds": 3_600}, "a second message"),
    ({"probe_first_seconds": 1_000}, "cut short"),
    ({"template_retry_seconds": 60}, "more boldly"),
    ({"callback_seconds": 41}, "interrupt a post"),
    ({"lookups_overlap_seconds": 60}, "never be asked about"),
    ({"abandoned_tick_seconds": 61}, "later than their lease"),
    ({"silence_tick_seconds": 61}, "look that often"),
    ({"probe_tick_seconds": 31}, "look that often"),
    ({"templates_tick_seconds": 601}, "read since the refusal"),
]


def test_the_limits_of_the_machinery_fit_together() -> None:
    assert list(contradictions(DEFAULTS)) == []


@pytest.mark.parametrize(("wrong", "reason"), WRONG, ids=["-".join(wrong) for wrong, _ in WRONG])
def test_limits_that_contradict_each_other_are_refused_with_the_reason(wrong: dict[str, float], reason: str) -> None:
    sentences = list(contradictions(Limits(**wrong)))  # type: ignore[arg-type]
    assert any(reason in sentence and "must be at least" in sentence for sentence in sentences), sentences


def test_every_limit_has_its_reason_beside_it() -> None:
    source = (ROOT / "messaging" / "limits.py").read_text()
    bare = [one.name for one in fields(DEFAULTS) if not re.search(rf'    {one.name}: .*\n    ("""|task_hard)', source)]
    assert bare == []


def test_no_threshold_of_the_machinery_stands_outside_the_table() -> None:
    own = {
        (path.relative_to(ROOT).as_posix(), name)
        for folder in ("tasks", "db/queries")
        for path in (ROOT / folder).glob("*.py")
        for name in re.findall(r"^([A-Z][A-Z_]+)(?:: \w+)? = (?:timedelta\(\w+=)?[\d.]", path.read_text(), re.MULTILINE)
    }
    assert own == {(path, name) for path, names in KEPT_ELSEWHERE.items() for name in names}


def test_every_rhythm_of_the_sweepers_stands_in_the_table() -> None:
    ticks = {
        getattr(DEFAULTS, one.name) for one in fields(DEFAULTS) if "tick" in one.name or one.name == "sweep_seconds"
    }
    assert {entry["schedule"].total_seconds() for entry in BEAT_SCHEDULE.values()} == ticks
    assert not re.search(r"_every\(\d", (ROOT / "worker" / "schedule.py").read_text())


def test_a_stopping_worker_is_given_the_longest_call_and_all_stops_fit_into_half_a_minute() -> None:
    workers = [process for process in PROCESSES if process.queues]
    assert {process.stop_in for process in workers} == {DEFAULTS.worker_stop_seconds}
    assert DEFAULTS.worker_stop_seconds > DEFAULTS.graph_connect_seconds + DEFAULTS.graph_read_seconds


def test_an_abandoned_call_is_never_younger_than_the_longest_one() -> None:
    assert DEFAULTS.send_lease_seconds >= DEFAULTS.longest_call_seconds + DEFAULTS.recording_seconds + MARGIN_SECONDS
