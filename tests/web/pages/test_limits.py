"""How often one person may ask for pages: told when to come back, counted by session, and open when counting fails."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.web.api.world import rows
from tests.web.pages.test_sample_invoice import PHONE
from tests.web.pages.test_sample_invoice import channel as channel  # noqa: PLC0414 - a fixture
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person
from web.api.limit_storage import CounterStorage
from web.pages import limits

NARROW = "8/minute"


@pytest.fixture
def narrow(make_pages: Any) -> Flask:
    app: Flask = make_pages(pages_rate_limit=NARROW)
    return app


def statuses(browser: Browser, path: str, times: int) -> list[int]:
    return [browser.get(path).status_code for _ in range(times)]


def test_a_page_too_many_is_told_when_to_come_back(narrow: Flask, ana: Person) -> None:
    visitor = Browser(narrow.test_client())
    assert set(statuses(visitor, "/login", 8)) == {200}
    refused = visitor.get("/login")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Wait a minute" in refused.text


def test_each_session_has_an_allowance_of_its_own_and_files_cost_nothing(narrow: Flask, ana: Person) -> None:
    first = Browser(narrow.test_client())
    first.log_in("ana", PASSWORD)
    for _ in range(20):
        with first.get("/assets/paperboy.css") as answer:
            assert answer.status_code == 200
    assert statuses(first, "/account", 9)[-1] == 429
    assert Browser(narrow.test_client()).get("/login").status_code == 200


def test_a_refused_part_of_a_page_replaces_nothing(narrow: Flask, ana: Person) -> None:
    visitor = Browser(narrow.test_client())
    statuses(visitor, "/login", 8)
    assert visitor.get("/login", headers={"HX-Request": "true"}).headers["HX-Reswap"] == "none"


def test_what_costs_money_is_allowed_less_often_and_refusals_of_it_are_not_counted(
    owner: Browser, channel: str, engine: Engine
) -> None:
    def send(phone: str) -> int:
        return owner.submit(f"{channel}/test-invoice", form_at="/account", phone=phone).status_code

    assert {send("no phone") for _ in range(25)} == {422}
    assert [send(PHONE) for _ in range(21)] == [303] * 20 + [429]
    assert len(rows(engine, "SELECT FROM messages")) == 20


def test_every_place_that_asks_meta_is_a_route(pages: Flask) -> None:
    assert {rule.endpoint for rule in pages.url_map.iter_rules()} >= limits.ASKS_META


def test_counting_that_fails_lets_pages_through(narrow: Flask, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(CounterStorage, "incr", broken)
    assert set(statuses(Browser(narrow.test_client()), "/login", 12)) == {200}
