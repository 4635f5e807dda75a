"""The inbox without a browser: what it shows, what it sends, what it refuses, and what it tells of changes."""

import io
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from db.queries import live_events
from db.queries.live_events import LiveEvent
from tests.web.api.requests import PHONE
from tests.web.api.world import Business, add_file, change, count, rows
from tests.web.inbox.conftest import thread_of
from tests.web.people.browser import TOKEN, Browser

SINCE = re.compile(r'name="since" value="(\d+)"')
LARGE = bytes(300_000)
LookedUp = Callable[[str, str | None], UUID]


def tell(engine: Engine, tenant_id: UUID, conversation_id: UUID) -> None:
    with engine.begin() as connection:
        live_events.emit(connection, [LiveEvent(tenant_id, "conversation_updated", conversation_id)])


def changes(inbox: Browser, since: str, opened: UUID | None = None) -> TestResponse:
    return inbox.get(f"/inbox/changes?since={since}&open={opened or ''}")


def answer(inbox: Browser, thread: UUID, **fields: str) -> TestResponse:
    return inbox.submit(f"/inbox/{thread}/answer", form_at=f"/inbox/{thread}", **fields)


def close_window(engine: Engine) -> None:
    change(engine, "UPDATE conversations SET window_closes_at = now() - interval '1 hour'")


def uploaded(inbox: Browser, thread: UUID, content: bytes) -> TestResponse:
    token = TOKEN.search(inbox.get("/account").text or "") or TOKEN.search(inbox.get("/login").text)
    assert token is not None
    data: dict[str, Any] = {"csrf_token": token[1], "file": (io.BytesIO(content), "a.exe", "application/x-msdownload")}
    return inbox.client.post(f"/inbox/{thread}/answer", data=data)


@pytest.fixture
def looked_up(engine: Engine, thread: UUID) -> LookedUp:
    """Let the tenant's own system have been asked about the customer of the thread."""

    def note(state: str, told: str | None) -> UUID:
        statement = """
            INSERT INTO contact_lookups (contact_id, tenant_id, state, answer)
            SELECT contact_id, tenant_id, :state, CAST(:told AS jsonb) FROM conversations WHERE id = :id
        """
        change(engine, statement, state=state, told=told, id=thread)
        return thread

    return note


def test_the_list_has_the_tenant_s_conversations_and_nobody_else_s(
    inbox: Browser, engine: Engine, thread: UUID, stranger: Business
) -> None:
    page = inbox.get("/inbox").text
    assert str(thread) in page
    assert str(thread_of(engine, stranger)) not in page


def test_nothing_new_is_an_empty_answer_and_what_changed_is_named(
    inbox: Browser, engine: Engine, business: Business, thread: UUID, stranger: Business
) -> None:
    found = SINCE.search(inbox.get(f"/inbox/{thread}").text)
    assert found is not None
    assert changes(inbox, found[1]).status_code == 204
    tell(engine, stranger.tenant_id, thread_of(engine, stranger))
    assert changes(inbox, found[1]).status_code == 204
    tell(engine, business.tenant_id, thread)
    for opened, wanted in ((None, {"inbox-list"}), (thread, {"inbox-list", "inbox-thread"})):
        told = changes(inbox, found[1], opened)
        assert set(json.loads(told.headers["HX-Trigger"])) == wanted
    following = SINCE.search(told.text)
    assert following is not None
    assert changes(inbox, following[1], thread).status_code == 204


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30, "²"])
def test_a_number_that_is_none_counts_from_the_beginning(inbox: Browser, since: str) -> None:
    assert changes(inbox, since).status_code == 204


def test_the_same_form_sent_again_sends_nothing_twice_and_a_changed_one_does(
    inbox: Browser, engine: Engine, thread: UUID
) -> None:
    for _ in range(2):
        assert answer(inbox, thread, text="Gracias.", once="one-try").status_code == 200
    assert count(engine, "messages") == count(engine, "outbox") == 1
    answer(inbox, thread, text="Muchas gracias.", once="one-try")
    answer(inbox, thread, text="Gracias.", once="another")
    sent = rows(engine, "SELECT text, contact_phone, conversation_id FROM messages ORDER BY id")
    assert [row.text for row in sent] == ["Gracias.", "Muchas gracias.", "Gracias."]
    assert {(row.contact_phone, row.conversation_id) for row in sent} == {(PHONE, thread)}


def test_what_is_refused_says_why_keeps_what_was_written_and_stores_nothing(
    inbox: Browser, engine: Engine, thread: UUID
) -> None:
    nothing = answer(inbox, thread, text="  ", mode="text")
    assert (nothing.status_code, "Write something" in nothing.text) == (422, True)
    long = answer(inbox, thread, text="long " * 1000, mode="text")
    assert (long.status_code, "at most 4096" in long.text, "long long" in long.text) == (422, True, True)
    change(engine, "UPDATE contacts SET utility_act = 'stop', utility_at = now()")
    stopped = answer(inbox, thread, text="Hola otra vez", mode="text")
    assert (stopped.status_code, "asked for no more messages" in stopped.text) == (422, True)
    assert "Hola otra vez</textarea>" in stopped.text
    assert count(engine, "messages") == count(engine, "outbox") == 0


def test_outside_the_window_a_text_is_refused_and_a_template_goes_out(
    inbox: Browser, engine: Engine, thread: UUID
) -> None:
    close_window(engine)
    refused = answer(inbox, thread, text="Hola", mode="text")
    assert (refused.status_code, "Send a template instead" in refused.text) == (422, True)
    fields = inbox.get(f"/inbox/{thread}/template?template=invoice|es").text
    assert fields.count('data-place="') == 5
    values = {f"place-{number}": f"value {number}" for number in range(1, 6)}
    wanted = {"template": "invoice|es", "once": "x", **values}
    missing = inbox.submit(f"/inbox/{thread}/template", form_at=f"/inbox/{thread}", **{**wanted, "place-3": ""})
    assert missing.status_code == 422
    assert 'value="value 2"' in missing.text
    sent = inbox.submit(f"/inbox/{thread}/template", form_at=f"/inbox/{thread}", **wanted)
    assert sent.status_code == 200
    assert "Monto: value 3" in sent.text
    [message] = rows(engine, "SELECT type, content FROM messages")
    assert message.content["template"]["components"][0]["parameters"][2]["text"] == "value 3"


def test_only_who_is_logged_in_may_send_more_than_a_form(pages: Flask, inbox: Browser, thread: UUID) -> None:
    refused = uploaded(inbox, thread, LARGE)
    assert (refused.status_code, "WhatsApp carries no files of the type" in refused.text) == (422, True)
    assert uploaded(Browser(pages.test_client()), thread, LARGE).status_code == 413


def test_a_file_s_address_leads_to_a_link_that_ends(
    inbox: Browser, engine: Engine, business: Business, stranger: Business
) -> None:
    with engine.begin() as connection:
        own, other = add_file(connection, business), add_file(connection, stranger)
    found = inbox.get(f"/inbox/files/{own}")
    assert (found.status_code, found.location.startswith(f"/media/{business.tenant_id}/{own}?ends=")) == (302, True)
    assert inbox.get(f"/inbox/files/{other}").status_code == 404


def test_a_conversation_is_worked_on(inbox: Browser, engine: Engine, ana: Any, thread: UUID) -> None:
    form_at = f"/inbox/{thread}"
    change(engine, "UPDATE conversations SET unread = 3")
    for path, fields in (
        ("read", {}),
        ("state", {"state": "closed"}),
        ("assignee", {"assignee": str(ana.id)}),
        ("labels", {"label": "pagos"}),
        ("notes", {"text": "Pagará el viernes."}),
    ):
        assert inbox.submit(f"/inbox/{thread}/{path}", form_at=form_at, **fields).status_code == 200, path
    [row] = rows(engine, "SELECT unread, state, assignee_id, labels FROM conversations WHERE id = :id", id=thread)
    assert tuple(row) == (0, "closed", ana.id, ["pagos"])
    assert [tuple(one) for one in rows(engine, "SELECT author, text FROM conversation_notes")] == [
        ("user:ana", "Pagará el viernes.")
    ]
    for path, fields in (
        ("assignee", {"assignee": "00000000-0000-7000-8000-000000000000"}),
        ("labels", {"label": "x" * 51}),
        ("notes", {"text": " "}),
    ):
        refused = inbox.submit(f"/inbox/{thread}/{path}", form_at=form_at, **fields)
        assert (refused.status_code, "toast-danger" in refused.text) == (422, True), path


def test_a_viewer_reads_and_has_nothing_to_write_with(inbox: Browser, engine: Engine, thread: UUID) -> None:
    change(engine, "UPDATE users SET role = 'viewer'")
    change(engine, "UPDATE conversations SET unread = 1")
    page = inbox.get(f"/inbox/{thread}").text
    assert "Your role lets you read" in page
    assert "<textarea" not in page
    assert 'id="seen"' not in page


def test_what_customers_write_is_shown_as_text_and_never_as_markup(
    inbox: Browser, engine: Engine, thread: UUID
) -> None:
    answer(inbox, thread, text="<script>alert(1)</script>")
    change(engine, "UPDATE contacts SET name = '<img src=x onerror=alert(1)>'")
    for page in (inbox.get(f"/inbox/{thread}").text, inbox.get("/inbox").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("state", "told", "shown"),
    [
        ("answered", '{"plan": "<b>oro</b>", "moroso": false, "asesor": null}', "&lt;b&gt;oro&lt;/b&gt;"),
        ("answered", "{}", "told nothing"),
        ("unknown", None, "does not know this customer"),
        ("failed", None, "did not answer"),
        ("waiting", None, "is being asked"),
    ],
)
def test_what_the_tenants_own_system_said_stands_beside_the_thread(
    inbox: Browser, looked_up: LookedUp, state: str, told: str | None, shown: str
) -> None:
    """S0.29."""
    page = inbox.get(f"/inbox/{looked_up(state, told)}").text
    assert f'data-lookup="{state}"' in page
    assert shown in page


def test_nothing_is_said_of_a_system_that_was_not_asked(inbox: Browser, thread: UUID) -> None:
    assert "From your system" not in inbox.get(f"/inbox/{thread}").text


def test_a_message_whose_content_was_deleted_says_so_and_keeps_its_ticks(
    inbox: Browser, engine: Engine, thread: UUID
) -> None:
    answer(inbox, thread, text="Un secreto.")
    change(engine, """UPDATE messages SET text = NULL, content = '{"cleared": true}', cleared_at = now()""")
    change(engine, "UPDATE messages SET status = 'read'")
    page = inbox.get(f"/inbox/{thread}").text
    assert "The content of this message was deleted." in page
    assert 'data-tick="blue"' in page
    assert "Un secreto" not in page


def test_the_tenants_own_system_is_asked_again_on_request(
    inbox: Browser, engine: Engine, thread: UUID, looked_up: LookedUp
) -> None:
    looked_up("failed", None)
    refused = inbox.submit(f"/inbox/{thread}/lookup", form_at=f"/inbox/{thread}")
    assert (refused.status_code, "No address of a system of yours is set" in refused.text) == (422, True)
    change(
        engine,
        "INSERT INTO lookup_endpoints (id, tenant_id, url, secret, new_from) "
        "SELECT gen_random_uuid(), tenant_id, 'https://erp.example.com', 's', id FROM conversations WHERE id = :id",
        id=thread,
    )
    asked = inbox.submit(f"/inbox/{thread}/lookup", form_at=f"/inbox/{thread}")
    assert (asked.status_code, "is being asked" in asked.text) == (200, True)
    assert [row.state for row in rows(engine, "SELECT state FROM contact_lookups")] == ["waiting"]
