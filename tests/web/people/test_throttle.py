"""Too many attempts are refused: by login and by address, for all processes, known login or not."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from db.changes import people
from tests.web.api.world import change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person
from web.people.throttle import MOST_OF_A_LOGIN, MOST_OF_AN_ADDRESS, ThrottledError, admit


def attempts(engine: Engine, *pairs: tuple[str, str]) -> list[bool]:
    """Return for each login and address whether the attempt was let through."""
    through = []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for login, address in pairs:
            try:
                admit(connection, login, address)
                through.append(True)
            except ThrottledError:
                through.append(False)
    return through


@pytest.mark.parametrize("login", ["ana", "nobody"])
def test_a_login_is_locked_after_some_attempts_whether_it_exists_or_not(
    browser: Browser, engine: Engine, ana: Person, login: str
) -> None:
    answers = [browser.log_in(login, "wrong password") for _ in range(MOST_OF_A_LOGIN + 1)]
    assert [answer.status_code for answer in answers] == [401] * MOST_OF_A_LOGIN + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 15 * 60
    [row] = rows(engine, "SELECT failed_logins, locked_until FROM users")
    assert (row.failed_logins, row.locked_until is not None) == (
        (MOST_OF_A_LOGIN, True) if login == "ana" else (0, False)
    )


def test_a_locked_login_does_not_take_the_right_password_in_any_process(
    make_pages: Any, engine: Engine, ana: Person
) -> None:
    attempts(engine, *[("ana", "192.0.2.9")] * MOST_OF_A_LOGIN)
    for _ in range(2):
        assert Browser(make_pages().test_client()).log_in("ana", PASSWORD).status_code == 429


def test_the_lock_ends_by_itself(browser: Browser, engine: Engine, ana: Person) -> None:
    attempts(engine, *[("ana", "192.0.2.9")] * (MOST_OF_A_LOGIN + 5))
    change(engine, "UPDATE login_throttle SET ends_at = now()")
    assert browser.log_in("ana", PASSWORD).status_code == 303


def test_the_right_password_forgets_the_wrong_ones(browser: Browser, engine: Engine, ana: Person) -> None:
    for _ in range(3):
        for _ in range(MOST_OF_A_LOGIN - 1):
            assert browser.log_in("ana", "wrong password").status_code == 401
        change(engine, "DELETE FROM login_throttle WHERE attempts > :most", most=MOST_OF_A_LOGIN)
        assert Browser(browser.client.application.test_client()).log_in("ana", PASSWORD).status_code == 303
    assert rows(engine, "SELECT failed_logins, locked_until FROM users") == [(0, None)]


def test_an_address_that_guesses_many_logins_is_refused_and_others_are_not(engine: Engine, database: str) -> None:
    pairs = [(f"login-{number}", "192.0.2.7") for number in range(MOST_OF_AN_ADDRESS + 1)]
    assert attempts(engine, *pairs) == [True] * MOST_OF_AN_ADDRESS + [False]
    assert attempts(engine, ("login-1", "192.0.2.8")) == [True]


def test_an_ipv6_network_counts_as_one_address(engine: Engine, database: str) -> None:
    pairs = [(f"login-{number}", f"2001:db8:0:1::{number:x}") for number in range(MOST_OF_AN_ADDRESS + 1)]
    assert attempts(engine, *pairs)[-1] is False
    assert attempts(engine, ("x", "2001:db8:0:2::1")) == [True]


def test_many_at_once_are_counted_each(engine: Engine, database: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(lambda number: attempts(engine, ("ana", f"192.0.2.{number}")), range(40)))
    assert sum(result == [True] for result in results) == MOST_OF_A_LOGIN


def test_what_has_ended_is_forgotten(engine: Engine, database: str) -> None:
    attempts(engine, *[(f"login-{number}", "192.0.2.1") for number in range(8)])
    change(engine, "UPDATE login_throttle SET ends_at = now() - interval '1 second'")
    attempts(engine, ("another", "192.0.2.2"))
    assert len(rows(engine, "SELECT FROM login_throttle")) == 2


def test_changing_the_password_is_throttled_as_well(pages: Flask, engine: Engine, ana: Person) -> None:
    browser = Browser(pages.test_client())
    browser.log_in("ana", PASSWORD)
    new = {"password": "another long password", "password_again": "another long password"}
    answers = [
        browser.submit("/account/password", form_at="/account", current="wrong", **new).status_code
        for _ in range(MOST_OF_A_LOGIN + 1)
    ]
    assert answers == [422] * MOST_OF_A_LOGIN + [429]


def test_a_password_that_somebody_else_sets_unlocks_the_login(
    browser: Browser, engine: Engine, ana: Person, password_hash: str
) -> None:
    attempts(engine, *[("ana", "192.0.2.9")] * (MOST_OF_A_LOGIN + 1))
    with engine.begin() as connection:
        people.set_password(connection, ana.tenant_id, ana.id, password_hash, actor="cli")
    assert browser.log_in("ana", PASSWORD).status_code == 303
