"""No route shows or changes what belongs to another tenant."""

import uuid
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import Engine

from tests.web.api.requests import FOUNDING_INVOICE, GATEWAY, INVOICE, KEY, PHONE, QUOTE, TEXT, USER, body_for
from tests.web.api.world import Business, Caller, add_file, change, count, rows
from web.api.conversation_examples import CANNED_WANTED, RULE_WANTED


@pytest.fixture
def belongings(caller: Caller, engine: Engine, business: Business) -> dict[str, str]:
    """One of each thing that an id names, all of one tenant."""
    event_id = uuid.uuid4()
    change(
        engine,
        """
        INSERT INTO events (id, tenant_id, kind, state, envelope, digest)
        VALUES (:id, :tenant, 'unhandled', 'unhandled', '{}', 'x')
        """,
        id=event_id,
        tenant=business.tenant_id,
    )
    session = caller.post("/v1/gateways", GATEWAY).json["session_id"]
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "UPDATE messages SET wamid = 'wamid.1' WHERE id = :id", id=message_id)
    with engine.begin() as connection:
        file_id = add_file(connection, business)
    [thread] = rows(
        engine,
        "SELECT v.id, v.contact_id FROM conversations v JOIN contacts c ON c.id = v.contact_id WHERE c.phone = :phone",
        phone=PHONE,
    )
    return {
        "/v1/conversations/": str(thread.id),
        "/api/v1/conversations/": str(thread.id),
        "/v1/contacts/": str(thread.contact_id),
        "/v1/media/": str(file_id),
        "/v1/rules/": caller.post("/v1/rules", RULE_WANTED).json["id"],
        "/v1/canned-responses/": caller.post("/v1/canned-responses", CANNED_WANTED).json["id"],
        "/v1/messages/": message_id,
        "/v1/invoices/": caller.post("/v1/invoices", INVOICE).json["id"],
        "/v1/quotes/": caller.post("/v1/quotes", QUOTE).json["id"],
        "/v1/events/": str(event_id),
        "/v1/channels/": str(business.channel_id),
        "/v1/keys/": caller.post("/v1/keys", KEY).json["id"],
        "/v1/users/": caller.post("/v1/users", USER).json["id"],
        "/v1/gateways/": session,
        "/api/whatsapp/session/status/": session,
        "/config/": "default",
        "/api/v2/whatsapp/config/": "default",
        "/message-status/": message_id,
        "/api/v2/whatsapp/message-status/": message_id,
    }


KEPT = (
    "SELECT id, status, updated_at FROM messages ORDER BY id",
    "SELECT id, name, revoked_at FROM api_keys ORDER BY id",
    "SELECT * FROM users ORDER BY id",
    "SELECT * FROM channels ORDER BY id",
    "SELECT * FROM app_secrets ORDER BY id",
    "SELECT * FROM gateway_sources ORDER BY channel_id",
    "SELECT * FROM gateway_sessions ORDER BY channel_id",
    "SELECT * FROM session_events ORDER BY id",
    "SELECT * FROM conversations ORDER BY id",
    "SELECT * FROM conversation_notes ORDER BY id",
    "SELECT * FROM contacts ORDER BY id",
    "SELECT * FROM consent_changes ORDER BY id",
    "SELECT * FROM media_files ORDER BY id",
    "SELECT * FROM auto_reply_rules ORDER BY id",
    "SELECT * FROM canned_responses ORDER BY id",
)
OPEN = ("/media/", "/api/v1/ws/status/")
"""Signed for whoever holds the address; and ids that are the callers' own names."""


def id_routes(app: APIFlask, belongings: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Return method and path of each route with an id in it, the id being that of a belonging."""
    for rule in app.url_map.iter_rules():
        if rule.arguments and rule.endpoint != "static" and not rule.rule.startswith(OPEN):
            before, _, after = rule.rule.partition("<")
            path = before + belongings[before] + after.partition(">")[2].replace("<secret_id>", str(uuid.uuid4()))
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, path


def test_every_id_route_hides_what_is_anothers(
    app: APIFlask, belongings: dict[str, str], other_caller: Caller, engine: Engine
) -> None:
    before = [rows(engine, query) for query in KEPT]
    for method, path in id_routes(app, belongings):
        assert other_caller.call(method, path, body_for(method, path)).status_code == 404, f"{method} {path}"
    assert [rows(engine, query) for query in KEPT] == before
    assert count(engine, "inbox_queue") == 0


def test_the_owner_finds_all_of_it(app: APIFlask, belongings: dict[str, str], caller: Caller) -> None:
    for method, path in id_routes(app, belongings):
        if method == "GET":
            assert caller.get(path).status_code == 200, path


def test_wamids_and_numbers_are_found_within_the_tenant_only(belongings: dict[str, str], other_caller: Caller) -> None:
    for path in ("/v1/messages/wamid.1", "/v1/invoices/INV-1001", "/v1/quotes/Q-204", "/message-status/wamid.1"):
        assert other_caller.get(path).status_code == 404


def test_lists_show_nothing_of_another_tenant(belongings: dict[str, str], other_caller: Caller) -> None:
    for path in ("/v1/messages", "/v1/events", "/v1/messages?status=queued", "/v1/messages?to=%2B18095551234"):
        assert other_caller.get(path).json == {"data": [], "next": None}
    assert other_caller.get("/message-statuses").json["count"] == 0
    for path in ("/v1/keys", "/v1/users", "/v1/audit"):
        shown = other_caller.get(path).text
        assert not [one for one in belongings.values() if one in shown], path


def test_two_tenants_number_their_documents_apart(
    belongings: dict[str, str], other_caller: Caller, engine: Engine
) -> None:
    assert other_caller.post("/v1/invoices", INVOICE).status_code == 202
    other_caller.post("/send-invoice", FOUNDING_INVOICE)
    assert count(engine, "documents WHERE kind = 'invoice'") == 3


def test_a_tenant_sends_from_its_own_channel(
    caller: Caller, other_caller: Caller, engine: Engine, business: Business, other_business: Business
) -> None:
    other_caller.post("/v1/messages", TEXT)
    [row] = rows(engine, "SELECT tenant_id, channel_id FROM messages")
    assert tuple(row) == (other_business.tenant_id, other_business.channel_id)
