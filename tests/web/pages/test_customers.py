"""Customers' data as a page: where they are looked up, and how long what they wrote is kept."""

import re

import pytest
from sqlalchemy import Engine

from tests.web.api.world import Business, change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import Person

PAGE = "/settings/customers"
URL = "https://erp.example.com/who-is"


def test_an_address_is_set_and_removed_and_its_secret_shown_once(owner: Browser, engine: Engine) -> None:
    page = owner.submit(f"{PAGE}/lookup", form_at=PAGE, url=URL).text
    [secret] = set(re.findall(r"whsec_[\w+/=]+", page))
    assert secret not in owner.get(PAGE).text
    assert secret not in owner.get("/settings/audit").text
    assert f'value="{URL}"' in owner.get(PAGE).text
    owner.submit(f"{PAGE}/lookup/remove", form_at=PAGE)
    assert rows(engine, "SELECT FROM lookup_endpoints") == []
    owner.submit(f"{PAGE}/lookup/remove", form_at=PAGE)
    assert "Address for questions about contacts removed" in owner.get("/settings/audit").text


def test_an_address_that_cannot_be_used_is_refused_and_stays_in_the_form(owner: Browser, engine: Engine) -> None:
    answer = owner.submit(f"{PAGE}/lookup", form_at=PAGE, url="http://erp.example.com")
    assert answer.status_code == 422
    assert "begins with https://" in answer.text
    assert 'value="http://erp.example.com"' in answer.text
    assert rows(engine, "SELECT FROM lookup_endpoints") == []


def test_days_are_set_shown_and_written_down_in_the_audit_log(
    owner: Browser, engine: Engine, ana: Person, stranger: Business
) -> None:
    for _ in range(2):
        owner.submit(f"{PAGE}/retention", form_at=PAGE, messages="730", media="90", events="")
    [kept] = rows(engine, "SELECT tenant_id, messages_days, media_days, events_days FROM conversation_settings")
    assert tuple(kept) == (ana.tenant_id, 730, 90, None)
    assert 'value="730"' in owner.get(PAGE).text
    [line] = rows(engine, "SELECT details FROM audit_log WHERE action = 'retention.changed'")
    assert line.details["days"] == {"messages": 730, "media": 90, "events": None}
    assert line.details["before"] == {"messages": None, "media": None, "events": None}


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "ten", "36501"])
def test_days_that_are_none_are_refused(owner: Browser, engine: Engine, wrong: str) -> None:
    answer = owner.submit(f"{PAGE}/retention", form_at=PAGE, messages=wrong)
    assert answer.status_code == 422
    assert "whole days" in answer.text
    assert rows(engine, "SELECT FROM conversation_settings") == []


def test_who_is_no_owner_sees_how_it_is_set(owner: Browser, engine: Engine) -> None:
    owner.submit(f"{PAGE}/lookup", form_at=PAGE, url=URL)
    change(engine, "UPDATE users SET role = 'viewer'")
    page = owner.get(PAGE).text
    assert URL in page
    assert "Save" not in page
