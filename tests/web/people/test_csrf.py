"""Forms: none is taken without the token of its own session."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.web.api.world import rows
from tests.web.people.browser import TOKEN, Browser, path_of
from tests.web.people.conftest import PASSWORD, Person


def posts(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.methods - {"GET", "HEAD", "OPTIONS"}:
            yield path_of(rule)


def test_no_form_is_taken_without_a_token(pages: Flask, engine: Engine, browser: Browser, ana: Person) -> None:
    browser.log_in("ana", PASSWORD)
    before = rows(engine, "SELECT * FROM users")
    paths = list(posts(pages))
    assert len(paths) >= 6
    for path in paths:
        for fields in ({}, {"csrf_token": "made-up"}):
            assert browser.client.post(path, data=fields).status_code == 400, path
    assert rows(engine, "SELECT * FROM users") == before
    assert browser.is_logged_in


def test_a_token_of_another_session_is_refused(pages: Flask, browser: Browser, ana: Person) -> None:
    browser.log_in("ana", PASSWORD)
    stranger = Browser(pages.test_client())
    token = TOKEN.search(stranger.get("/login").text)
    assert token is not None
    refused = browser.client.post("/account/sessions/end", data={"csrf_token": token[1]})
    assert refused.status_code == 400
    assert browser.is_logged_in


def test_a_token_from_before_the_login_is_no_longer_taken(browser: Browser, ana: Person) -> None:
    token = TOKEN.search(browser.get("/login").text)
    assert token is not None
    browser.log_in("ana", PASSWORD)
    assert browser.client.post("/logout", data={"csrf_token": token[1]}).status_code == 400


def test_a_script_of_ours_gives_the_token_in_a_header(browser: Browser, ana: Person) -> None:
    browser.log_in("ana", PASSWORD)
    token = TOKEN.search(browser.get("/account").text)
    assert token is not None
    assert browser.client.post("/logout", headers={"X-CSRFToken": token[1]}).status_code == 303


@pytest.mark.parametrize("path", ["/login", "/logout", "/account/password"])
def test_the_refusal_is_a_page(browser: Browser, path: str) -> None:
    answer = browser.client.post(path)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_behind_https_a_form_needs_no_referrer(pages: Flask, ana: Person) -> None:
    browser = Browser(pages.test_client(), base_url="https://paperboy.example")
    assert browser.log_in("ana", PASSWORD).status_code == 303
