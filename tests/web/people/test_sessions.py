"""Sessions: what ends them, who may what, and what the cookie is."""

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from db.encryption import EncryptionError
from messaging.people import ROLES
from tests.db.conftest import new_encryption_key
from tests.web.api.world import change
from tests.web.people.browser import Browser, path_of
from tests.web.people.conftest import KEY, PASSWORD, Person
from web.pages.app import PUBLIC, is_page
from web.people.cookies import NAME, session_keys
from web.people.sessions import LONGEST_SECONDS, require_role

PRODUCTION = {
    "env": "production",
    "whatsapp_access_token": "EAAG-x",
    "whatsapp_phone_number_id": "1",
}


def test_every_page_asks_for_the_login_or_stands_on_the_short_public_list(pages: Flask) -> None:
    client = pages.test_client()
    pages.config["WTF_CSRF_ENABLED"] = False
    for rule in pages.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        for method in rule.methods - {"OPTIONS"}:
            path = path_of(rule)
            answer = client.open(path, method=method)
            assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/login"), f"{method} {path}"


def test_every_page_is_reached_through_the_front_door(pages: Flask) -> None:
    assert all(is_page(rule.rule) for rule in pages.url_map.iter_rules())
    assert not any(is_page(path) for path in ("/v1/messages", "/webhook", "/api/settings/whatsapp", "/docs", "/health"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET session_epoch = session_epoch + 1",
        "UPDATE users SET is_active = false",
        "UPDATE tenants SET is_active = false",
    ],
)
def test_what_ends_a_session_ends_it_at_once(browser: Browser, engine: Engine, ana: Person, statement: str) -> None:
    browser.log_in("ana", PASSWORD)
    assert browser.is_logged_in
    change(engine, statement)
    assert not browser.is_logged_in


def test_a_session_ends_after_a_week_however_much_it_is_used(
    browser: Browser, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in("ana", PASSWORD)
    later = time.time() + LONGEST_SECONDS + 1
    monkeypatch.setattr("web.people.sessions.time.time", lambda: later)
    assert not browser.is_logged_in


def test_a_session_begins_anew_with_the_login(browser: Browser, client: FlaskClient, ana: Person) -> None:
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    browser.log_in("ana", PASSWORD)
    with browser.client.session_transaction() as session:
        assert "planted" not in session


def test_a_made_up_cookie_opens_nothing(pages: Flask, ana: Person) -> None:
    client = pages.test_client()
    for value in ("", "x", "e30.x.y", f"{ana.id}.0"):
        client.set_cookie(NAME, value)
        assert client.get("/").status_code == 302


@pytest.mark.parametrize(("env", "is_secure"), [({}, False), (PRODUCTION, True)])
def test_the_cookie_is_for_no_script_no_other_site_and_in_production_for_https_only(
    make_pages: Any, ana: Person, env: dict[str, str], is_secure: bool
) -> None:
    browser = Browser(make_pages(**env).test_client(), base_url="https://paperboy.example")
    cookie = browser.log_in("ana", PASSWORD).headers["Set-Cookie"]
    assert cookie.startswith(f"{NAME}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/;" in cookie
    assert "Expires=" in cookie
    assert ("; Secure;" in cookie) == is_secure


def test_cookies_live_through_a_rotation_of_the_keys_and_end_with_the_old_key(make_pages: Any, ana: Person) -> None:
    new = new_encryption_key()
    browser = Browser(make_pages().test_client())
    browser.log_in("ana", PASSWORD)
    cookie = browser.client.get_cookie(NAME)
    assert cookie is not None
    for keys, status in ((f"{new},{KEY}", 200), (new, 302)):
        client = make_pages(whatsapp_encryption_key=keys).test_client()
        client.set_cookie(NAME, cookie.value)
        assert client.get("/account").status_code == status


def test_a_cookie_s_key_is_neither_the_encryption_key_nor_guessable_from_another() -> None:
    [first] = session_keys([KEY])
    assert len(first) == 32
    assert session_keys([KEY]) == [first]
    assert first not in session_keys([new_encryption_key(), new_encryption_key()])
    assert KEY.encode() != first


def test_without_a_key_there_are_no_pages(make_pages: Any) -> None:
    with pytest.raises(EncryptionError):
        make_pages(whatsapp_encryption_key="")


@pytest.mark.parametrize(
    ("role", "reached"),
    [
        ("owner", {"owner", "operator", "viewer"}),
        ("operator", {"operator", "viewer"}),
        ("viewer", {"viewer"}),
    ],
)
def test_a_role_may_what_lesser_ones_may(
    pages: Flask, engine: Engine, ana: Person, role: str, reached: set[str]
) -> None:
    for wanted in ROLES:
        pages.add_url_rule(f"/settings/{wanted}", wanted, require_role(wanted)(lambda: "in"))
    change(engine, "UPDATE users SET role = :role", role=role)
    browser = Browser(pages.test_client())
    browser.log_in("ana", PASSWORD)
    statuses = {wanted: browser.get(f"/settings/{wanted}").status_code for wanted in ROLES}
    assert statuses == {wanted: 200 if wanted in reached else 403 for wanted in ROLES}


def test_a_part_of_a_page_is_sent_to_the_login_as_a_whole(client: FlaskClient) -> None:
    answer = client.get("/account", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_pages_are_neither_framed_nor_kept_nor_reached_by_outside_scripts(browser: Browser, ana: Person) -> None:
    browser.log_in("ana", PASSWORD)
    headers = browser.get("/account").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
