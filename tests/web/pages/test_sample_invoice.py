"""The test invoice on the settings page: queued once, shown as far as it is, and refused in plain words."""

import re
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.web.api.world import TEMPLATES, add_template, change, rows
from tests.web.pages.test_settings import NUMBER
from tests.web.people.browser import Browser
from tests.web.people.conftest import Person

PHONE = "+18095550123"
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def channel(owner: Browser, engine: Engine, ana: Person) -> str:
    """The address of Ana's number, which has an approved template for invoices."""
    address = str(owner.submit("/settings/channels", form_at="/settings", **NUMBER).location)
    with engine.begin() as connection:
        add_template(connection, ana.tenant_id, UUID(address.rpartition("/")[2]), "invoice")
    return address


def send(owner: Browser, channel: str, phone: str = PHONE) -> str:
    """Send a test invoice and return where it is followed."""
    answer = owner.submit(f"{channel}/test-invoice", form_at=channel, phone=phone)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def reached(page: str) -> list[str]:
    return re.findall(r'data-step="(\w+)" data-reached="yes"', page)


def test_a_test_invoice_is_queued_for_the_phone_and_written_into_the_audit_log(
    owner: Browser, channel: str, engine: Engine
) -> None:
    page = owner.get(send(owner, channel)).text
    [message] = rows(engine, "SELECT contact_phone, status, type, content, client_reference FROM messages")
    assert (message.contact_phone, message.status, message.type) == (PHONE, "queued", "template")
    assert message.content["template"]["name"] == "invoice"
    [line] = rows(engine, "SELECT actor, details FROM audit_log WHERE action = 'channel.test_invoice_queued'")
    assert (line.actor, line.details["number"]) == ("user:ana", message.client_reference)
    assert reached(page) == ["queued"]
    assert PHONE not in page, "it is shown to the end alone"
    assert "Test invoice sent" in owner.get("/settings/audit").text


def test_the_card_asks_again_by_itself_until_the_message_is_read(owner: Browser, channel: str, engine: Engine) -> None:
    address = send(owner, channel)
    card = owner.get(address, headers=SCRIPT).text
    assert not card.startswith("<!doctype"), "a script gets the card alone"
    assert f'hx-get="{address}" hx-trigger="every 1s"' in card
    change(engine, "UPDATE messages SET status = 'read', accepted_at = now(), read_at = now()")
    card = owner.get(address, headers=SCRIPT).text
    assert reached(card) == ["queued", "accepted", "sent", "delivered", "read"]
    assert "hx-trigger" not in card


def test_a_page_left_open_stops_asking_and_offers_to_look_again(owner: Browser, channel: str, engine: Engine) -> None:
    address = send(owner, channel)
    change(
        engine, "UPDATE messages SET status = 'delivered', delivered_at = now(), created_at = now() - interval '1 h'"
    )
    card = owner.get(address, headers=SCRIPT).text
    assert "hx-trigger" not in card
    assert "Look again" in card


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("status = 'failed', failed_at = now(), error_code = 131026", ("error 131026", "WhatsApp")),
        ("status = 'failed', failed_at = now(), error_code = 131000, error_title = 'x'", ("tried as often",)),
        ("status = 'unknown'", ("answer was lost",)),
        ("status = 'held', accepted_at = now(), held_at = now()", ("holds it back",)),
        ("status = 'delivered', delivered_at = now()", ("Open the chat",)),
    ],
)
def test_what_holds_it_up_is_told_with_what_to_do(
    owner: Browser, channel: str, engine: Engine, columns: str, words: tuple[str, ...]
) -> None:
    address = send(owner, channel)
    change(engine, f"UPDATE messages SET {columns}")
    card = owner.get(address, headers=SCRIPT).text.replace("&#39;", "'")
    assert [word for word in words if word not in card] == []


def test_a_paused_number_says_that_the_message_waits(owner: Browser, channel: str, engine: Engine) -> None:
    address = send(owner, channel)
    change(engine, "UPDATE channels SET paused_at = now(), paused_code = 131042")
    assert "goes out once the number sends again" in owner.get(address).text


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("SELECT 1", "809 555 0123"), "with + and its country code"),
        (("SELECT 1", ""), "with + and its country code"),
        (("UPDATE channels SET is_active = false", PHONE), "switched off"),
        (("UPDATE templates SET name = 'other'", PHONE), "no approved template “invoice”"),
        (("UPDATE templates SET status = 'PAUSED'", PHONE), "no approved template “invoice”"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_plain_words_and_nothing_is_queued(
    owner: Browser, channel: str, engine: Engine, given: tuple[str, str], reason: str
) -> None:
    statement, phone = given
    change(engine, statement)
    answer = owner.submit(f"{channel}/test-invoice", form_at=channel, phone=phone)
    assert answer.status_code == 422
    assert reason in answer.text
    assert rows(engine, "SELECT FROM messages") == []


def test_a_template_with_other_values_is_refused(owner: Browser, channel: str, engine: Engine) -> None:
    change(
        engine,
        "UPDATE templates SET definition = jsonb_set(definition, '{components}', CAST(:parts AS jsonb))",
        parts='[{"type": "BODY", "text": "{{1}} y {{2}} nada más"}]',
    )
    answer = owner.submit(f"{channel}/test-invoice", form_at=channel, phone=PHONE)
    assert "takes other values" in answer.text


def test_the_link_of_a_button_begins_as_it_was_approved(
    owner: Browser, channel: str, engine: Engine, ana: Person
) -> None:
    with engine.begin() as connection:
        add_template(
            connection,
            ana.tenant_id,
            UUID(channel.rpartition("/")[2]),
            "button",
            components=TEMPLATES["invoice_button"],
        )
    change(engine, "DELETE FROM templates WHERE name = 'invoice'")
    change(engine, "UPDATE templates SET name = 'invoice' WHERE name = 'button'")
    send(owner, channel)
    [message] = rows(engine, "SELECT content, client_reference FROM messages")
    button = message.content["template"]["components"][-1]
    assert button["parameters"][0]["text"] == message.client_reference
