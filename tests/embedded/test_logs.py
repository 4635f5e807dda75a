"""What of a log reaches the terminal."""

from pathlib import Path

import pytest

from embedded.logs import LogFollower, is_for_people, last_lines, start_log


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-11-21T01:59:12Z [warning  ] doorbell.failed   queue=send", True),
        ('{"level": "error", "event": "inbox.write_failed"}', True),
        ("[2026-11-21 01:59:12,276: CRITICAL/MainProcess] Unrecoverable error", True),
        ("2026-11-21 01:59:12.276 UTC [10] FATAL:  the database system is shutting down", True),
        ("[INFO] Started worker-1", False),
        ("2026-11-21T01:59:12Z [info     ] sending.sent  outcome=accepted errors=0", False),
        ("[warning  ] platforms.py:893: SecurityWarning: You're running the worker with superuser privileges", False),
        ("[WARNING] Configuration allows spawning up to 32 Python threads, which seems quite high", False),
    ],
)
def test_warnings_of_every_kind_are_shown_and_nothing_else(line: str, shown: bool) -> None:
    assert is_for_people(line) is shown


def test_a_line_is_followed_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    start_log(log)
    follower = LogFollower(log)
    with log.open("ab", buffering=0) as file:
        file.write(b"first\nsec")
        assert follower.new_lines() == ["first"]
        file.write("ond ñ\n".encode())
        assert follower.new_lines() == ["second ñ"]
        assert follower.new_lines() == []


def test_the_log_of_the_last_run_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("last run\n")
    start_log(log)
    assert (tmp_path / "a.log.1").read_text() == "last run\n"
    assert log.read_text() == ""


def test_the_end_of_a_long_log_is_found_quickly(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {number}\n\n" for number in range(100_000)))
    assert last_lines(log, 2) == "line 99998\nline 99999"
