"""Conversations over the API: S0.25, S1.14, S1.16, S1.17, S2.8, S2.20; windows and consent before every send (S4.9)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Engine, text

from db.ids import new_id
from db.queries import live_events
from tests.web.api.requests import FOUNDING_INVOICE, INVOICE, OTHER_PHONE, PHONE, TEMPLATE, TEXT
from tests.web.api.world import Business, Caller, change, count, open_window, rows


def close_window(engine: Engine, *, hours_ago: float = 1) -> datetime:
    closed_at = datetime.now(UTC) - timedelta(hours=hours_ago)
    change(engine, "UPDATE conversations SET window_closes_at = :at", at=closed_at)
    return closed_at


def stop(engine: Engine, *categories: str) -> None:
    for category in categories:
        change(engine, f"UPDATE contacts SET {category}_act = 'stop', {category}_at = now()")


def thread_of(engine: Engine, phone: str = PHONE) -> UUID:
    query = "SELECT v.id FROM conversations v JOIN contacts c ON c.id = v.contact_id WHERE c.phone = :phone"
    [row] = rows(engine, query, phone=phone)
    found: UUID = row.id
    return found


def written(engine: Engine, business: Business, **columns: Any) -> UUID:
    """Store a message of the customer in the thread."""
    values = {
        "id": new_id(),
        "tenant_id": business.tenant_id,
        "channel_id": business.channel_id,
        "conversation_id": thread_of(engine),
        "direction": "inbound",
        "status": "delivered",
        "type": "text",
        "wamid": f"wamid.{new_id().hex}",
        "contact_phone": PHONE,
        "text": "Hola",
        "content": {"message": {"type": "text", "text": {"body": "Hola"}}},
        "delivered_at": datetime.now(UTC),
        **columns,
    }
    names = ", ".join(values)
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO messages ({names}) VALUES ({', '.join(f':{name}' for name in values)})"),
            {**values, "content": orjson.dumps(values["content"]).decode()},
        )
    return values["id"]


# --- window and consent before a send ------------------------------------------------------------------------------


def test_a_text_outside_the_window_is_refused_with_when_it_closed_and_what_would_do(
    caller: Caller, engine: Engine
) -> None:
    closed_at = close_window(engine)
    answer = caller.post("/v1/messages", TEXT)
    assert (answer.status_code, answer.json["code"]) == (422, "window_closed")
    assert answer.json["window_closed_at"].startswith(closed_at.strftime("%Y-%m-%dT%H:%M:%S"))
    assert {"name": "invoice", "language": "es", "category": "UTILITY"} in answer.json["templates"]
    assert "invoice (es)" in answer.json["detail"]
    assert PHONE not in answer.text
    assert count(engine, "messages") == count(engine, "outbox") == 0


def test_a_text_to_somebody_who_never_wrote_is_refused(caller: Caller, engine: Engine) -> None:
    answer = caller.post("/v1/messages", {**TEXT, "to": "+18095550000"})
    assert (answer.status_code, answer.json["window_closed_at"]) == (422, None)


def test_a_template_needs_no_window(caller: Caller, engine: Engine) -> None:
    close_window(engine)
    assert caller.post("/v1/messages", TEMPLATE).status_code == 202


def test_a_text_scheduled_beyond_the_window_is_refused(caller: Caller) -> None:
    at = datetime.now(UTC) + timedelta(hours=25)
    assert caller.post("/v1/messages", {**TEXT, "scheduled_at": at.isoformat()}).json["code"] == "window_closed"


def test_the_other_form_of_a_number_is_the_same_customer(caller: Caller, engine: Engine, business: Business) -> None:
    with engine.begin() as connection:
        open_window(connection, business.tenant_id, business.channel_id, "+5511987654321")
    assert caller.post("/v1/messages", {**TEXT, "to": "+551187654321"}).status_code == 202


@pytest.mark.parametrize("prefix", ["", "/api/v2/whatsapp"])
def test_founding_texts_know_the_window_s4_9(caller: Caller, engine: Engine, prefix: str) -> None:
    close_window(engine)
    answer = caller.post(f"{prefix}/send-message", {"phoneNumber": "19292476305", "message": "Hola"})
    assert answer.status_code == 422
    assert answer.json["success"] is False
    assert "24 hours" in answer.json["error"]
    assert count(engine, "messages") == 0


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/messages", TEMPLATE), ("/v1/messages", TEXT), ("/v1/invoices", INVOICE)]
)
def test_every_send_asks_consent(caller: Caller, engine: Engine, path: str, body: dict[str, Any]) -> None:
    stop(engine, "marketing", "utility")
    answer = caller.post(path, body)
    assert (answer.status_code, answer.json["code"]) == (422, "opted_out")
    assert count(engine, "messages") == count(engine, "documents") == 0


def test_who_stopped_marketing_still_gets_invoices_and_no_promotion(caller: Caller, engine: Engine) -> None:
    stop(engine, "marketing")
    change(
        engine,
        """UPDATE templates SET definition = definition || '{"category": "MARKETING"}' WHERE name = 'hello_world'""",
    )
    assert caller.post("/v1/messages", TEMPLATE).json["code"] == "opted_out"
    assert caller.post("/v1/invoices", INVOICE).status_code == 202


def test_in_a_list_of_numbers_who_stopped_costs_only_themselves_s4_7(caller: Caller, engine: Engine) -> None:
    change(engine, "UPDATE contacts SET utility_act = 'stop', utility_at = now() WHERE phone = :p", p="+19292476305")
    body = {**FOUNDING_INVOICE, "phoneNumbers": ["19292476305", PHONE]}
    answer = caller.post("/send-invoice", body).json
    assert [one["success"] for one in answer["results"]] == [False, True]
    assert "STOP" in answer["results"][0]["apiError"]
    assert answer["summary"] == {"total": 2, "apiSuccess": 1, "urlFallback": 0}


def test_who_wrote_again_after_stop_is_answered(caller: Caller, engine: Engine) -> None:
    stop(engine, "marketing", "utility")
    change(engine, "UPDATE contacts SET last_wrote_at = now() + interval '1 second'")
    assert caller.post("/v1/messages", TEXT).status_code == 202


# --- threads -------------------------------------------------------------------------------------------------------


def test_what_is_sent_stands_in_the_thread_and_is_told(caller: Caller, engine: Engine, business: Business) -> None:
    sent = caller.post("/api/v1/messages/send", TEXT).json
    conversation_id = thread_of(engine)
    for path in ("/v1", "/api/v1"):
        [message] = caller.get(f"{path}/conversations/{conversation_id}/messages").json["data"]
        assert (message["id"], message["text"], message["status"]) == (sent["id"], "Gracias.", "queued")
    with engine.begin() as connection:
        live_events.number(connection)
        [told] = live_events.since(connection, business.tenant_id, 0)
    assert (told.kind, str(told.message_id), told.conversation_id) == ("new_message", sent["id"], conversation_id)


def test_the_thread_with_the_newest_message_is_first(caller: Caller, engine: Engine) -> None:
    for phone in (PHONE, OTHER_PHONE, PHONE):
        caller.post("/v1/messages", {**TEXT, "to": phone})
    listed = caller.get("/v1/conversations").json["data"]
    assert [one["contact"]["phone"] for one in listed][:2] == [PHONE, OTHER_PHONE]
    assert listed[0]["last_message"]["text"] == "Gracias."
    assert listed[0]["window"]["is_open"] is True


def test_a_list_is_paged_without_gaps_or_repeats(caller: Caller) -> None:
    seen = caller.ids_on_pages("/v1/conversations", 1)
    assert len(seen) == len(set(seen)) == 3
    assert caller.get("/v1/conversations?cursor=x").status_code == 422


def test_filters_and_search(caller: Caller, engine: Engine) -> None:
    conversation_id = thread_of(engine)
    change(engine, "UPDATE conversations SET unread = 2, labels = '{pagos}' WHERE id = :id", id=conversation_id)
    change(engine, "UPDATE contacts SET name = '100% Ana_' WHERE phone = :p", p=PHONE)

    def found(query: str) -> list[str]:
        return [one["id"] for one in caller.get(f"/v1/conversations?{query}").json["data"]]

    only = [str(conversation_id)]
    assert found("unread=true") == found("label=pagos") == found("search=ana_") == found(f"search={PHONE[1:]}") == only
    assert found("search=100%25") == only
    assert found("state=closed") == []
    assert len(found("assignee=none")) == 3


def test_a_conversation_is_closed_assigned_and_labelled_and_that_is_told(
    caller: Caller, engine: Engine, business: Business
) -> None:
    user_id = new_id()
    change(
        engine,
        "INSERT INTO users (id, tenant_id, login, name, role) VALUES (:id, :t, 'ana', 'Ana', 'operator')",
        id=user_id,
        t=business.tenant_id,
    )
    path = f"/v1/conversations/{thread_of(engine)}"
    body = {"state": "closed", "assignee_id": str(user_id), "labels": ["b", "a", "b"]}
    shown = caller.patch(path, body).json
    assert (shown["state"], shown["assignee_id"], shown["labels"]) == ("closed", str(user_id), ["a", "b"])
    assert shown["closed_at"] is not None
    again = caller.patch(path, {"assignee_id": None}).json
    assert (again["assignee_id"], again["state"], again["labels"]) == (None, "closed", ["a", "b"])
    assert [row.kind for row in rows(engine, "SELECT kind FROM live_events")] == ["conversation_updated"] * 2
    assert caller.patch(path, {}).status_code == 422
    assert caller.patch(path, {"assignee_id": str(new_id())}).json["errors"][0]["pointer"] == "/assignee_id"


def test_nobody_is_assigned_a_user_of_another_tenant(caller: Caller, engine: Engine, other_business: Business) -> None:
    user_id = new_id()
    change(
        engine,
        "INSERT INTO users (id, tenant_id, login, name, role) VALUES (:id, :t, 'bob', 'Bob', 'operator')",
        id=user_id,
        t=other_business.tenant_id,
    )
    query = "SELECT v.id FROM conversations v JOIN api_keys k ON k.tenant_id = v.tenant_id LIMIT 1"
    assert rows(engine, query)
    mine = caller.get("/v1/conversations").json["data"][0]["id"]
    assert caller.patch(f"/v1/conversations/{mine}", {"assignee_id": str(user_id)}).status_code == 422


def test_reading_clears_the_unread_and_has_meta_told(caller: Caller, engine: Engine, business: Business) -> None:
    written(engine, business, wamid="wamid.LAST")
    change(engine, "UPDATE conversations SET unread = 1")
    conversation_id = thread_of(engine)
    assert caller.post(f"/v1/conversations/{conversation_id}/read", {"typing": True}).json["unread"] == 0
    query = "SELECT due_read_wamid, due_typing FROM conversations WHERE id = :id"
    assert tuple(rows(engine, query, id=conversation_id)[0]) == ("wamid.LAST", True)


def test_reactions_edits_and_revokes_are_shown_at_their_messages(
    caller: Caller, engine: Engine, business: Business
) -> None:
    written(engine, business, wamid="wamid.A", text="Hola")
    written(engine, business, wamid="wamid.B", text="secret")
    reaction = {"message": {"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "👍"}}}
    written(engine, business, type="reaction", context_wamid="wamid.A", text="👍", content=reaction)
    edit = {"message": {"type": "edit"}}
    written(engine, business, type="edit", context_wamid="wamid.A", text="Hola a todos", content=edit)
    written(engine, business, type="revoke", context_wamid="wamid.B", text=None, content={"message": {}})
    thread = caller.get(f"/v1/conversations/{thread_of(engine)}/messages").json["data"]
    revoked, edited = thread
    assert (edited["text"], edited["reactions"]) == ("Hola a todos", {"inbound": "👍"})
    assert edited["edited_at"] is not None
    assert (revoked["text"], revoked["content"]) == (None, {})
    assert revoked["revoked_at"] is not None
    assert "secret" not in orjson.dumps(thread).decode()


def test_a_thread_is_paged(caller: Caller, engine: Engine, business: Business) -> None:
    made = [str(written(engine, business)) for _ in range(3)]
    path = f"/v1/conversations/{thread_of(engine)}/messages"
    first = caller.get(f"{path}?limit=2").json
    second = caller.get(f"{path}?limit=2&cursor={first['next']}").json
    assert [one["id"] for one in (*first["data"], *second["data"])] == made[::-1]
    assert second["next"] is None


def test_notes_are_for_colleagues(caller: Caller, engine: Engine) -> None:
    path = f"/v1/conversations/{thread_of(engine)}/notes"
    made = caller.post(path, {"text": "Pagará el viernes."})
    assert (made.status_code, made.json["author"]) == (201, "key:test")
    assert [one["text"] for one in caller.get(path).json["data"]] == ["Pagará el viernes."]
    assert caller.post(path, {"text": ""}).status_code == 422


def test_no_conversation_is_shown_to_another_tenant(caller: Caller, other_caller: Caller, engine: Engine) -> None:
    mine = caller.get("/v1/conversations").json["data"][0]["id"]
    for path in (f"/v1/conversations/{mine}", f"/v1/conversations/{mine}/messages", f"/v1/conversations/{mine}/notes"):
        assert other_caller.get(path).json["code"] == "conversation_not_found"
    assert other_caller.get(f"/api/v1/conversations/{mine}/messages").status_code == 404
    assert other_caller.patch(f"/v1/conversations/{mine}", {"state": "closed"}).status_code == 404
    assert other_caller.post(f"/v1/conversations/{mine}/read", {}).status_code == 404
    assert mine not in {one["id"] for one in other_caller.get("/v1/conversations").json["data"]}


def test_a_message_that_is_cancelled_or_sent_again_is_told(caller: Caller, engine: Engine, business: Business) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    assert caller.post(f"/v1/messages/{message_id}/cancel").status_code == 200
    change(engine, "UPDATE messages SET status = 'failed'")
    assert caller.post(f"/v1/messages/{message_id}/resend").status_code == 202
    with engine.begin() as connection:
        live_events.number(connection)
        told = live_events.since(connection, business.tenant_id, 1)
    assert [(one.kind, one.payload, one.conversation_id) for one in told] == [
        ("message_status", {"status": "cancelled"}, thread_of(engine)),
        ("message_status", {"status": "queued"}, thread_of(engine)),
    ]
