"""A forgotten password: an owner makes a link that sets a new one, once, in time."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.web.api.world import change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person, add_person
from web.people.throttle import MOST_OF_A_LOGIN

NEW = "another password of several words"
FIELDS = {"name": "Eva", "password": NEW, "password_again": NEW}
LINK = re.compile(r"/invitation/pbi_[\w-]+")


@pytest.fixture
def eva(engine: Engine, ana: Person, password_hash: str) -> Person:
    return add_person(engine, ana.tenant_id, "eva", "operator", password_hash)


@pytest.fixture
def owner(browser: Browser, ana: Person) -> Browser:
    browser.log_in("ana", PASSWORD)
    return browser


def make_link(owner: Browser, person: Person) -> str:
    page = owner.submit(f"/settings/people/{person.id}/reset", form_at="/settings/people").text
    [link] = set(LINK.findall(page))
    return link


def test_the_link_sets_a_new_password_once_and_ends_the_sessions_of_the_old_one(
    owner: Browser, pages: Flask, eva: Person, engine: Engine
) -> None:
    old, new = Browser(pages.test_client()), Browser(pages.test_client())
    old.log_in("eva", PASSWORD)
    link = make_link(owner, eva)
    assert old.is_logged_in, "a link that was made changes nothing yet"
    assert "A new password" in new.get(link).text
    assert new.submit(link, **FIELDS).location == "/"
    assert (new.is_logged_in, old.is_logged_in) == (True, False)
    assert new.get(link).status_code == 404
    fresh = Browser(pages.test_client())
    assert [fresh.log_in("eva", word).status_code for word in (PASSWORD, NEW)] == [401, 303]
    lines = [tuple(row) for row in rows(engine, "SELECT actor, action FROM audit_log ORDER BY id")]
    assert ("user:ana", "user.reset_link_made") in lines
    assert ("user:eva", "user.password_reset") in lines
    assert link not in owner.get("/settings/audit").text


def test_who_guessed_too_often_is_let_in_by_the_new_password(owner: Browser, pages: Flask, eva: Person) -> None:
    guesser = Browser(pages.test_client(), "192.0.2.7")
    for _ in range(MOST_OF_A_LOGIN):
        guesser.log_in("eva", "wrong")
    assert guesser.log_in("eva", PASSWORD).status_code == 429
    Browser(pages.test_client()).submit(make_link(owner, eva), **FIELDS)
    assert guesser.log_in("eva", NEW).status_code == 303


def test_the_link_ends_after_a_day_and_with_the_next_one(
    owner: Browser, pages: Flask, eva: Person, engine: Engine
) -> None:
    first, second = make_link(owner, eva), make_link(owner, eva)
    visitor = Browser(pages.test_client())
    assert [visitor.get(link).status_code for link in (first, second)] == [404, 200]
    [row] = rows(engine, "SELECT expires_at - created_at < interval '25 hours' AS soon FROM invitations LIMIT 1")
    assert row.soon
    change(engine, "UPDATE invitations SET expires_at = now()")
    assert visitor.get(second).status_code == 404


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE users SET is_active = false WHERE login = 'eva'", "is switched off"),
        ("UPDATE users SET password_hash = NULL WHERE login = 'eva'", "invite them again"),
    ],
)
def test_who_cannot_log_in_anyway_gets_no_link(
    owner: Browser, eva: Person, engine: Engine, statement: str, reason: str
) -> None:
    change(engine, statement)
    assert owner.submit(f"/settings/people/{eva.id}/reset", form_at="/settings/people").status_code == 303
    assert reason in owner.get("/settings/people").text
    assert rows(engine, "SELECT FROM invitations") == []


def test_the_login_page_says_whom_to_ask(browser: Browser) -> None:
    assert "can make you a link for a new one on the page People" in browser.get("/login").text
