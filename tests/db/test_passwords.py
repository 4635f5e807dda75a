"""Passwords at rest: argon2id, hashed again when the parameters change, the same work for nobody."""

import statistics
import threading
import time

import pytest
from argon2 import PasswordHasher

from db import passwords
from db.passwords import NOBODYS, BusyError, compare, hashed

PASSWORD = "correct horse battery"


def test_a_password_is_kept_as_argon2id_and_never_in_clear() -> None:
    stored = hashed(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
    assert stored != hashed(PASSWORD), "each has its own salt"


def test_only_the_right_password_is_right() -> None:
    stored = hashed(PASSWORD)
    assert compare(stored, PASSWORD) == passwords.Comparison(True)
    assert not compare(stored, PASSWORD.upper()).is_right
    assert not compare(stored, "").is_right


def test_a_character_may_be_written_in_two_ways() -> None:
    assert compare(hashed("contrase\u00f1a larga"), "contrasen\u0303a larga").is_right


def test_a_hash_of_other_parameters_is_made_anew_when_the_password_is_right() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    comparison = compare(weak, PASSWORD)
    assert comparison.is_right
    assert comparison.new_hash is not None
    assert compare(comparison.new_hash, PASSWORD) == passwords.Comparison(True)
    assert compare(weak, "wrong").new_hash is None


def test_what_is_no_hash_lets_nobody_in() -> None:
    assert not compare("", PASSWORD).is_right
    assert not compare("not a hash", PASSWORD).is_right


def test_nobody_has_a_password_and_costs_what_everybody_does() -> None:
    assert not compare(None, PASSWORD).is_right
    assert NOBODYS.split("$")[:4] == hashed(PASSWORD).split("$")[:4], "the same parameters, so the same work"


def test_an_unknown_login_is_refused_as_slowly_as_a_known_one() -> None:
    stored = hashed(PASSWORD)
    known = statistics.median(_seconds(stored) for _ in range(7))
    unknown = statistics.median(_seconds(None) for _ in range(7))
    assert 0.4 < unknown / known < 2.5


def _seconds(stored: str | None) -> float:
    began = time.perf_counter()
    compare(stored, "wrong password")
    return time.perf_counter() - began


def test_more_at_once_than_there_is_memory_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    with passwords._slot(), pytest.raises(BusyError):
        compare(None, PASSWORD)
    assert not compare(None, PASSWORD).is_right
