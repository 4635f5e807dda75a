"""Logging in: the same refusal whatever is wrong, onward only to pages of ours, a line in the audit log."""

import logging
import re
from html import unescape

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine

from db.passwords import NOBODYS
from tests.web.api.world import change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person

HIDDEN_NEXT = re.compile(r'name="next" value="([^"]*)"')


def test_the_right_password_opens_the_pages(browser: Browser, ana: Person) -> None:
    answer = browser.log_in(" Ana ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.is_logged_in


def test_every_wrong_login_gets_the_same_answer(browser: Browser, engine: Engine, ana: Person) -> None:
    change(
        engine,
        """
        INSERT INTO users (id, tenant_id, login, name, role, password_hash, is_active)
        SELECT gen_random_uuid(), tenant_id, 'invited', 'x', 'viewer', NULL, true FROM users
        UNION SELECT gen_random_uuid(), tenant_id, 'off', 'x', 'viewer', password_hash, false FROM users
        """,
    )
    answers = [
        browser.log_in(login, password)
        for login, password in (
            ("ana", "wrong password"),
            ("nobody", PASSWORD),
            ("invited", PASSWORD),
            ("off", PASSWORD),
            ("\0 no login", PASSWORD),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    texts = {
        answer.text.replace(f'value="{login}"', "").partition("<form")[0]
        for answer, login in zip(answers, ("ana", "nobody", "invited", "off", "x"), strict=True)
    }
    assert len(texts) == 1
    assert not browser.is_logged_in


def test_an_unknown_login_costs_the_work_of_a_known_one(
    browser: Browser, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, password: str) -> bool:
        compared.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    browser.log_in("nobody", PASSWORD)
    browser.log_in("ana", "wrong password")
    assert len(compared) == 2
    assert compared[0] == NOBODYS


@pytest.mark.parametrize("statement", ["UPDATE tenants SET is_active = false", "UPDATE users SET is_active = false"])
def test_who_is_switched_off_does_not_get_in(browser: Browser, engine: Engine, ana: Person, statement: str) -> None:
    change(engine, statement)
    assert browser.log_in("ana", PASSWORD).status_code == 401


@pytest.mark.parametrize("target", ["/account", "/account?shown=1&more=2"])
def test_the_login_leads_to_the_page_that_was_asked_for(browser: Browser, ana: Person, target: str) -> None:
    sent = browser.get(target)
    assert (sent.status_code, sent.location.partition("?")[0]) == (302, "/login")
    assert unescape(HIDDEN_NEXT.search(browser.get(sent.location).text)[1]) == target
    assert browser.log_in("ana", PASSWORD, next=target).location == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example",
        "/ok\r\nX: y", "javascript:alert(1)", "evil.example", "/\t/evil.example", " //evil.example", "", "/" + "x" * 3000,
    ],
)  # fmt: skip
def test_the_login_leads_nowhere_else(browser: Browser, ana: Person, target: str) -> None:
    assert browser.log_in("ana", PASSWORD, next=target).location == "/"
    again = browser.get("/login", query_string={"next": target})
    assert (again.status_code, again.location) == (303, "/")


def test_a_prefix_is_kept(pages: Flask, ana: Person) -> None:
    browser = Browser(pages.test_client(), base_url="https://host.example/paperboy")
    sent = browser.get("/account")
    assert sent.location == "/paperboy/login?next=/account"
    answer = browser.log_in("ana", PASSWORD, next="/account")
    assert answer.location == "/paperboy/account"
    assert "Path=/paperboy/;" in answer.headers["Set-Cookie"]


def test_a_login_stands_in_the_audit_log(browser: Browser, engine: Engine, ana: Person) -> None:
    browser.log_in("ana", PASSWORD)
    assert [(row.actor, row.action) for row in rows(engine, "SELECT * FROM audit_log ORDER BY id")][1:] == [
        ("user:ana", "user.logged_in")
    ]


def test_an_old_hash_is_made_anew(browser: Browser, engine: Engine, ana: Person) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    change(engine, "UPDATE users SET password_hash = :weak", weak=weak)
    assert browser.log_in("ana", PASSWORD).status_code == 303
    assert browser.is_logged_in
    [row] = rows(engine, "SELECT password_hash FROM users")
    assert row.password_hash.split("$")[3] == NOBODYS.split("$")[3]


def test_neither_login_nor_password_is_logged_or_shown(
    browser: Browser, engine: Engine, ana: Person, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        browser.log_in("ana", "planted-wrong-password"),
        browser.log_in("planted-typed-into-the-login", "x"),
        browser.log_in("ana", PASSWORD),
    ]
    said = caplog.text + "".join(capsys.readouterr())
    assert not [text for text in (PASSWORD, "planted-wrong", "planted-typed") if text in said]
    assert "planted-wrong" not in answers[0].text
    assert PASSWORD not in answers[2].text
    kept = str(rows(engine, "SELECT * FROM audit_log")) + str(rows(engine, "SELECT * FROM login_throttle"))
    assert not [text for text in (PASSWORD, "planted-wrong", "planted-typed") if text in kept]


def test_logging_out_ends_the_session_of_this_browser(browser: Browser, ana: Person) -> None:
    browser.log_in("ana", PASSWORD)
    assert browser.submit("/logout", form_at="/account").location == "/login"
    assert not browser.is_logged_in
