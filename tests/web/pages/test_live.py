"""What the pages hear with: a ticket of the person's own, and an address that their policy allows, no other."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from db.queries import live_tickets
from tests.web.people.browser import TOKEN, Browser
from tests.web.people.conftest import PASSWORD, Person
from web.pages.alarms import KINDS

LIVE_OF_PRODUCTION = {
    "env": "production",
    "public_url": "https://paperboy.example/messages",
    "whatsapp_access_token": "EAAG-x",
}


def policy(browser: Browser, **options: Any) -> str:
    return browser.get("/account", **options).headers["Content-Security-Policy"]


def test_a_page_gets_a_ticket_for_the_person_who_looks_at_it(owner: Browser, engine: Engine, ana: Person) -> None:
    answer = owner.submit("/live/ticket", form_at="/account")
    url = urlsplit(answer.json["url"])
    assert (url.scheme, url.netloc, url.path) == ("ws", "127.0.0.1:8001", f"/api/v1/ws/chat/{ana.id}")
    assert answer.headers["Cache-Control"] == "no-store"
    with engine.begin() as connection:
        holder = live_tickets.take(connection, parse_qs(url.query)["ticket"][0])
    assert holder == live_tickets.Holder(ana.tenant_id, str(ana.id), key_id=None)


def test_nobody_gets_a_ticket_without_login_and_token(browser: Browser, owner: Browser) -> None:
    assert owner.client.post("/live/ticket").status_code == 400
    stranger = Browser(owner.client.application.test_client())
    token = TOKEN.search(stranger.get("/login").text)
    assert token is not None
    answer = stranger.client.post("/live/ticket", data={"csrf_token": token[1]})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "ws://127.0.0.1:8001/api/v1/ws/chat/"),
        ({"realtime_port": 9001, "script_name": "messages"}, "ws://127.0.0.1:9001/messages/api/v1/ws/chat/"),
        (LIVE_OF_PRODUCTION, "wss://paperboy.example/messages/api/v1/ws/chat/"),
    ],
)
def test_a_page_may_connect_to_the_live_address_and_nowhere_else(
    make_pages: Any, ana: Person, given: dict[str, Any], address: str
) -> None:
    browser = Browser(make_pages(**given).test_client(), base_url="https://localhost")
    browser.log_in("ana", PASSWORD)
    assert policy(browser).endswith(f"connect-src 'self' {address}")


def test_a_page_has_a_word_for_every_alarm_that_it_may_hear_of(owner: Browser) -> None:
    text = owner.get("/account").text
    assert [kind for kind in KINDS if f'data-alarm="{kind}"' not in text] == []
    assert "data-alarm" not in Browser(owner.client.application.test_client()).get("/login").text


def test_the_list_of_alarms_is_drawn_again_alone(owner: Browser) -> None:
    part = owner.get("/settings/alarms", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<section class="card" id="alarms"')
    assert "<html" not in part
