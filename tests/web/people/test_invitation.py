"""An invited person sets a password by a link: once, in time, and is in."""

from uuid import UUID

import pytest
from sqlalchemy import Engine

from db.changes import invitations, people
from tests.web.api.world import change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD

NEW = {"password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def link(engine: Engine, tenant_id: UUID) -> str:
    with engine.begin() as connection:
        made = invitations.invite(connection, tenant_id, actor="test", login="eva", role="operator")
    return f"/invitation/{made.token}"


def test_the_link_lets_its_person_in_once(browser: Browser, engine: Engine, link: str) -> None:
    for _ in range(2):
        assert browser.get(link).status_code == 200, "looking uses nothing up"
    assert browser.submit(link, name="Eva Gil", **NEW).location == "/"
    assert browser.is_logged_in
    assert "Eva Gil" in browser.get("/account").text
    assert browser.get(link).status_code == 404
    [user] = rows(engine, "SELECT role, password_hash FROM users")
    assert user.role == "operator"
    assert PASSWORD not in user.password_hash
    assert [row.action for row in rows(engine, "SELECT action FROM audit_log ORDER BY id")] == [
        "user.invited",
        "invitation.accepted",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "short", "password_again": "short"},
        {"password": PASSWORD, "password_again": "another"},
        {"password": "", "password_again": ""},
    ],
)
def test_a_refused_password_leaves_the_link_open(browser: Browser, link: str, fields: dict[str, str]) -> None:
    refused = browser.submit(link, name="Eva", **fields)
    assert refused.status_code == 422
    assert PASSWORD not in refused.text
    assert browser.submit(link, name="Eva", **NEW).status_code == 303


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invitations SET expires_at = now()",
        "UPDATE invitations SET revoked_at = now()",
        "UPDATE invitations SET accepted_at = now()",
        "UPDATE tenants SET is_active = false",
        "UPDATE users SET is_active = false",
    ],
)
def test_a_link_that_holds_no_longer_tells_nothing(browser: Browser, engine: Engine, link: str, statement: str) -> None:
    change(engine, statement)
    answer = browser.get(link)
    assert answer.status_code == 404
    assert "eva" not in answer.text
    assert "default" not in answer.text


@pytest.mark.parametrize("token", ["x", "pbi_", "pbi_" + "x" * 43, "%00", "%F0%9F%98%80"])
def test_a_made_up_link_tells_nothing(browser: Browser, tenant_id: UUID, token: str) -> None:
    assert browser.get(f"/invitation/{token}").status_code == 404


def test_a_form_that_stood_open_while_the_link_ended_is_refused(
    browser: Browser, engine: Engine, tenant_id: UUID, link: str
) -> None:
    with engine.begin() as connection:
        user = people.by_login(connection, "eva")
    form_at = "/login"
    change(engine, "UPDATE invitations SET revoked_at = now()")
    assert browser.submit(link, form_at=form_at, name="Eva", **NEW).status_code == 404
    assert rows(engine, "SELECT password_hash FROM users WHERE id = :id", id=user.id) == [(None,)]
