"""Alarms as a page: what happened, whether it was told, and the address it is told at."""

import re
from uuid import UUID

from sqlalchemy import Engine

from db.queries import alarms
from db.queries.alarms import NewAlarm
from tests.web.api.world import Business, change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import Person

URL = "https://erp.example.com/paperboy"


def add(engine: Engine, tenant_id: UUID, target: str) -> None:
    silent = {"silent_for_seconds": 7_200, "usual_gap_seconds": 600, "gateway": "unreachable"}
    lost = {"status": "error", "message": "<b>down</b>"}
    with engine.begin() as connection:
        alarms.raise_alarms(
            connection,
            [
                NewAlarm(tenant_id, "session.silent", target, silent),
                NewAlarm(tenant_id, "session.disconnected", target, lost),
            ],
        )


def test_the_tenants_own_alarms_are_listed_with_their_delivery(
    owner: Browser, ana: Person, engine: Engine, stranger: Business
) -> None:
    assert "No alarm so far" in owner.get("/settings/alarms").text
    add(engine, ana.tenant_id, "shop")
    add(engine, stranger.tenant_id, "theirs")
    page = owner.get("/settings/alarms").text
    for shown in (
        "Nothing came for 2 hours; usually something comes within 10 minutes",
        "Session lost",
        "Session silent",
        "/settings/sessions/shop",
        "Kept here",
        "&lt;b&gt;down&lt;/b&gt;",
    ):
        assert shown in page
    assert "theirs" not in page
    change(engine, "UPDATE alarms SET delivery = 'failed', problem = 'It answered 500.'")
    assert "It answered 500." in owner.get("/settings/alarms").text


def test_an_address_is_set_tried_and_removed_and_its_secret_shown_once(owner: Browser, engine: Engine) -> None:
    page = owner.submit("/settings/alarms", url=URL).text
    [secret] = set(re.findall(r"whsec_[\w+/=]+", page))
    assert secret not in owner.get("/settings/alarms").text
    assert secret not in owner.get("/settings/audit").text
    owner.submit("/settings/alarms/test", form_at="/settings/alarms")
    assert "On its way" in owner.get("/settings/alarms").text
    owner.submit("/settings/alarms/remove", form_at="/settings/alarms")
    assert rows(engine, "SELECT FROM callback_endpoints") == []
    owner.submit("/settings/alarms/test", form_at="/settings/alarms")
    assert "No callback address is set" in owner.get("/settings/alarms").text


def test_an_address_that_cannot_be_used_is_refused_and_kept_in_the_form(owner: Browser) -> None:
    answer = owner.submit("/settings/alarms", url="http://erp.example.com")
    assert answer.status_code == 422
    assert "begins with https://" in answer.text
    assert 'value="http://erp.example.com"' in answer.text
