"""Everything that may be answered within the window; what is stored is held against the simulator's strict reading."""

from typing import Any

import pytest
from sqlalchemy import Engine

from db.ids import new_id
from simulator import defaults
from simulator.records import BusinessNumber, Media, new_wamid
from simulator.templates import Templates
from simulator.validation import MessageCheck
from tests.web.api.requests import PHONE
from tests.web.api.world import Business, Caller, change, count, rows
from whatsapp.outgoing import addressed

LINK = "https://files.example.com/a"
WAMID = new_wamid(PHONE)
FRAME = {"body": "¿Cómo quiere pagar?", "header": "Factura 7", "footer": "Gracias"}

CONTENTS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"image": {"link": LINK, "caption": "El recibo"}}, "image", "El recibo"),
    ({"video": {"link": LINK}}, "video", None),
    ({"audio": {"link": LINK, "voice": True}}, "audio", None),
    ({"document": {"link": LINK, "filename": "a.pdf"}}, "document", None),
    ({"sticker": {"link": LINK}}, "sticker", None),
    ({"location": {"latitude": 18.5, "longitude": -69.9, "name": "Oficina"}}, "location", None),
    ({"buttons": {**FRAME, "buttons": [{"id": "paid", "title": "Ya pagué"}]}}, "interactive", "¿Cómo quiere pagar?"),
    (
        {"list": {**FRAME, "button": "Ver", "sections": [{"rows": [{"id": "a", "title": "A"}]}]}},
        "interactive",
        "¿Cómo quiere pagar?",
    ),
    ({"link_button": {**FRAME, "title": "Pagar", "url": LINK}}, "interactive", "¿Cómo quiere pagar?"),
]


@pytest.mark.parametrize(("content", "kind", "words"), CONTENTS)
def test_a_content_is_queued_as_meta_takes_it(
    caller: Caller, engine: Engine, content: dict[str, Any], kind: str, words: str | None
) -> None:
    answer = caller.post("/v1/messages", {"to": PHONE, **content})
    assert (answer.status_code, answer.json["type"], answer.json["text"]) == (202, kind, words)
    [row] = rows(engine, "SELECT content FROM messages")
    check = MessageCheck(BusinessNumber("1", defaults.DISPLAY_PHONE_NUMBER), Templates(), {})
    body = addressed(row.content, to=PHONE, recipient=None, callback_data="x:1")
    assert check.message(body).type == kind


@pytest.mark.parametrize(("content", "_kind", "_words"), CONTENTS)
def test_none_of_it_goes_out_when_the_window_is_closed(
    caller: Caller, engine: Engine, content: dict[str, Any], _kind: str, _words: str | None
) -> None:
    change(engine, "UPDATE conversations SET window_closes_at = now()")
    assert caller.post("/v1/messages", {"to": PHONE, **content}).json["code"] == "window_closed"
    assert count(engine, "outbox") == 0


def sent(caller: Caller, engine: Engine) -> str:
    """Send a text that Meta has accepted; return our id."""
    message_id: str = caller.post("/v1/messages", {"to": PHONE, "text": {"body": "Hola"}}).json["id"]
    change(engine, "UPDATE messages SET wamid = :w WHERE id = :id", w=WAMID, id=message_id)
    return message_id


@pytest.mark.parametrize("by", ["id", "wamid"])
def test_a_message_is_answered_and_reacted_to_by_either_id(caller: Caller, engine: Engine, by: str) -> None:
    message_id = sent(caller, engine)
    reference = message_id if by == "id" else WAMID
    caller.post("/v1/messages", {"to": PHONE, "text": {"body": "Sí"}, "reply_to": reference})
    caller.post("/v1/messages", {"to": PHONE, "reaction": {"message_id": reference, "emoji": "👍"}})
    answer, reaction = rows(engine, "SELECT context_wamid, content FROM messages ORDER BY id")[1:]
    assert answer.context_wamid == reaction.context_wamid == WAMID
    assert reaction.content == {"type": "reaction", "reaction": {"message_id": WAMID, "emoji": "👍"}}
    conversation = caller.get("/v1/conversations").json["data"][0]["id"]
    thread = caller.get(f"/v1/conversations/{conversation}/messages").json["data"]
    assert [(one["text"], one["reply_to"], one["reactions"]) for one in thread] == [
        ("Sí", WAMID, {}),
        ("Hola", None, {"outbound": "👍"}),
    ]


def test_what_meta_has_not_accepted_yet_cannot_be_answered(caller: Caller) -> None:
    message_id = caller.post("/v1/messages", {"to": PHONE, "text": {"body": "Hola"}}).json["id"]
    answer = caller.post("/v1/messages", {"to": PHONE, "text": {"body": "x"}, "reply_to": message_id})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/reply_to")


def test_a_message_of_another_tenant_cannot_be_answered(caller: Caller, other_caller: Caller, engine: Engine) -> None:
    sent(caller, engine)
    answer = other_caller.post("/v1/messages", {"to": PHONE, "text": {"body": "x"}, "reply_to": WAMID})
    assert answer.status_code == 422


def uploaded(engine: Engine, business: Business, **columns: Any) -> str:
    values = {
        "id": new_id(),
        "tenant_id": business.tenant_id,
        "channel_id": business.channel_id,
        "state": "stored",
        "type": "document",
        "meta_id": "77",
        **columns,
    }
    names = ", ".join(values)
    change(
        engine,
        f"INSERT INTO media_files ({names}, meta_id_expires_at)"
        f" VALUES ({', '.join(f':{name}' for name in values)}, now() + interval '3 days')",
        **values,
    )
    return str(values["id"])


def test_an_upload_is_sent_by_its_id_at_meta(caller: Caller, engine: Engine, business: Business) -> None:
    body = {"to": PHONE, "document": {"media_id": uploaded(engine, business), "caption": "La factura"}}
    assert caller.post("/v1/messages", body).status_code == 202
    [row] = rows(engine, "SELECT content FROM messages")
    assert row.content["document"] == {"id": "77", "caption": "La factura"}
    assert Media("77", "application/pdf", b"", "").media_id == row.content["document"]["id"]


def test_an_upload_of_another_kind_or_tenant_or_time_is_refused(
    caller: Caller, other_caller: Caller, engine: Engine, business: Business
) -> None:
    media_id = uploaded(engine, business)
    for who, kind in ((caller, "image"), (other_caller, "document")):
        answer = who.post("/v1/messages", {"to": PHONE, kind: {"media_id": media_id}})
        assert answer.json["errors"][0]["pointer"] == f"/{kind}/media_id"
    change(engine, "UPDATE media_files SET meta_id_expires_at = now()")
    assert caller.post("/v1/messages", {"to": PHONE, "document": {"media_id": media_id}}).status_code == 422


BUTTON = {"id": "a", "title": "A"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"image": {}}, "/image"),
    ({"image": {"link": LINK, "media_id": "1"}}, "/image"),
    ({"image": {"link": "http://insecure.example.com/a"}}, "/image/link"),
    ({"audio": {"link": LINK, "caption": "x"}}, "/audio/caption"),
    ({"image": {"link": LINK, "filename": "a"}}, "/image/filename"),
    ({"video": {"link": LINK, "voice": True}}, "/video/voice"),
    ({"location": {"latitude": 91, "longitude": 0}}, "/location/latitude"),
    ({"reaction": {"message_id": "wamid.nobody", "emoji": "x"}}, "/reaction/message_id"),
    ({"buttons": {"body": "x", "buttons": []}}, "/buttons/buttons"),
    ({"buttons": {"body": "x", "buttons": [BUTTON, BUTTON]}}, "/buttons/buttons"),
    ({"buttons": {"body": "x", "buttons": [{"id": "a", "title": "x" * 21}]}}, "/buttons/buttons/0/title"),
    (
        {"list": {"body": "x", "button": "b", "sections": [{"rows": [BUTTON]}, {"rows": [{"id": "b", "title": "B"}]}]}},
        "/list/sections",
    ),
    ({"text": {"body": "x"}, "image": {"link": LINK}}, ""),
]


@pytest.mark.parametrize(("content", "pointer"), WRONG)
def test_what_meta_would_refuse_is_refused_with_its_place(
    caller: Caller, engine: Engine, content: dict[str, Any], pointer: str
) -> None:
    answer = caller.post("/v1/messages", {"to": PHONE, **content})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == pointer
    assert count(engine, "messages") == 0
