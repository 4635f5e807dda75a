"""One's own account: a new password ends every other session."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.web.api.world import rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person

NEW_PASSWORD = "another long password"


@pytest.fixture
def other_browser(pages: Flask, ana: Person) -> Browser:
    other = Browser(pages.test_client())
    other.log_in("ana", PASSWORD)
    return other


@pytest.fixture
def own(browser: Browser, ana: Person) -> Browser:
    browser.log_in("ana", PASSWORD)
    return browser


def change_password(
    browser: Browser, current: str = PASSWORD, new: str = NEW_PASSWORD, again: str | None = None
) -> int:
    answer = browser.submit(
        "/account/password",
        form_at="/account",
        current=current,
        password=new,
        password_again=new if again is None else again,
    )
    return answer.status_code


def test_a_new_password_ends_the_other_sessions_and_not_this_one(
    own: Browser, other_browser: Browser, pages: Flask, engine: Engine
) -> None:
    assert other_browser.is_logged_in
    assert change_password(own) == 200
    assert own.is_logged_in
    assert not other_browser.is_logged_in
    fresh = Browser(pages.test_client())
    assert fresh.log_in("ana", PASSWORD).status_code == 401
    assert fresh.log_in("ana", NEW_PASSWORD).status_code == 303
    actions = [row.action for row in rows(engine, "SELECT action FROM audit_log ORDER BY id")]
    assert actions[1:] == ["user.logged_in", "user.logged_in", "user.password_changed", "user.logged_in"]


@pytest.mark.parametrize(
    ("current", "new", "again"),
    [
        ("wrong password", NEW_PASSWORD, NEW_PASSWORD),
        (PASSWORD, "short", "short"),
        (PASSWORD, NEW_PASSWORD, "not the same"),
    ],
)
def test_a_refused_change_changes_nothing(
    own: Browser, other_browser: Browser, current: str, new: str, again: str
) -> None:
    assert change_password(own, current, new, again) == 422
    assert own.is_logged_in
    assert other_browser.is_logged_in


def test_all_sessions_can_be_ended(own: Browser, other_browser: Browser) -> None:
    assert own.submit("/account/sessions/end", form_at="/account").location == "/login"
    assert not own.is_logged_in
    assert not other_browser.is_logged_in


def test_name_and_language_are_one_s_own(own: Browser, engine: Engine) -> None:
    own.submit("/account/profile", form_at="/account", name="Ana <Peña>", language="es")
    assert rows(engine, "SELECT name, language FROM users") == [("Ana <Peña>", "es")]
    page = own.get("/account").text
    assert '<html lang="es"' in page
    assert "Ana &lt;Peña&gt;" in page


@pytest.mark.parametrize("fields", [{"name": " "}, {"name": "a\0b"}, {"name": "Ana", "language": "xx"}])
def test_a_refused_profile_changes_nothing(own: Browser, engine: Engine, fields: dict[str, str]) -> None:
    before = rows(engine, "SELECT name, language FROM users")
    assert own.submit("/account/profile", form_at="/account", **fields).status_code == 422
    assert rows(engine, "SELECT name, language FROM users") == before
