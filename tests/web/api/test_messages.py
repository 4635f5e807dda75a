"""POST /v1/messages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from tests.web.api.requests import INVOICE_BODY, PHONE, TEMPLATE, TEXT
from tests.web.api.world import Business, Caller, add_template, change, count, pointers, rows


def test_a_template_is_accepted_stored_and_queued(caller: Caller, engine: Engine, business: Business) -> None:
    answer = caller.post("/v1/messages", {**TEMPLATE, "client_reference": "A-1"}, headers={"X-Request-Id": "abc-1"})
    assert answer.status_code == 202
    assert answer.json["status"] == "queued"
    assert answer.headers["Location"] == f"/v1/messages/{answer.json['id']}"
    [message] = rows(engine, "SELECT * FROM messages")
    assert UUID(answer.json["id"]) == message.id
    assert UUID(answer.json["id"]).version == 7
    assert (message.tenant_id, message.channel_id) == (business.tenant_id, business.channel_id)
    assert (message.direction, message.type, message.status) == ("outbound", "template", "queued")
    assert (message.contact_phone, message.client_reference, message.request_id) == (PHONE, "A-1", "abc-1")
    assert message.content == {"type": "template", "template": {"name": "hello_world", "language": {"code": "es"}}}
    [queued] = rows(engine, "SELECT message_id, state, due_at <= now() AS due FROM outbox")
    assert tuple(queued) == (message.id, "waiting", True)


def test_the_answer_is_what_get_tells(caller: Caller) -> None:
    posted = caller.post("/v1/messages", TEXT).json
    shown = caller.get(f"/v1/messages/{posted['id']}").json
    assert {**shown, "attempts": None, "timeline": None} == {**posted, "attempts": None, "timeline": None}
    assert shown["attempts"] == []
    assert shown["timeline"] == [{"status": "queued", "at": posted["created_at"], "source": "api"}]


def test_a_text_keeps_its_lines(caller: Caller, engine: Engine) -> None:
    caller.post("/v1/messages", {"to": PHONE, "text": {"body": "uno\ndos", "preview_url": True}})
    [message] = rows(engine, "SELECT text, content FROM messages")
    assert message.content == {"type": "text", "text": {"body": "uno\ndos", "preview_url": True}}
    assert message.text == "uno\ndos"


def test_a_bsuid_is_an_address_too(caller: Caller, engine: Engine) -> None:
    assert (
        caller.post("/v1/messages", {**TEMPLATE, "to": "US.13491208655302741918"}).json["to"]
        == "US.13491208655302741918"
    )
    [message] = rows(engine, "SELECT contact_phone, contact_bsuid FROM messages")
    assert tuple(message) == (None, "US.13491208655302741918")


def test_separators_in_a_number_are_cleaned_away(caller: Caller) -> None:
    assert caller.post("/v1/messages", {**TEXT, "to": "+1 (809) 555-1234"}).json["to"] == PHONE


def test_header_body_and_buttons_become_metas_components(caller: Caller, engine: Engine) -> None:
    template = {
        "name": "invoice_pdf",
        "language": "es",
        "header": {"document": {"link": "https://files.example.com/1.pdf", "filename": "1.pdf"}},
        "body": INVOICE_BODY,
    }
    assert caller.post("/v1/messages", {"to": PHONE, "template": template}).status_code == 202
    button = {
        "name": "invoice_button",
        "language": "es",
        "body": INVOICE_BODY[:4],
        "buttons": [{"index": 0, "url_suffix": "8Xk2"}],
    }
    assert caller.post("/v1/messages", {"to": PHONE, "template": button}).status_code == 202
    [pdf, with_button] = rows(
        engine, "SELECT content -> 'template' -> 'components' AS components FROM messages ORDER BY id"
    )
    file = {"link": "https://files.example.com/1.pdf", "filename": "1.pdf"}
    assert pdf.components[0] == {"type": "header", "parameters": [{"type": "document", "document": file}]}
    assert pdf.components[1]["parameters"] == [{"type": "text", "text": text} for text in INVOICE_BODY]
    assert with_button.components[1] == {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": "8Xk2"}],
    }


def test_named_parameters_travel_with_their_names(caller: Caller, engine: Engine, business: Business) -> None:
    components = [
        {"type": "HEADER", "format": "TEXT", "text": "Para {{who}}"},
        {"type": "BODY", "text": "Hola {{name}}, faltan {{days}} días."},
    ]
    with engine.begin() as connection:
        add_template(
            connection,
            business.tenant_id,
            business.channel_id,
            "named",
            components=components,
            parameter_format="NAMED",
        )
    template = {"name": "named", "language": "es", "header": {"text": "Ana"}, "body": {"days": "3", "name": "Ana"}}
    assert caller.post("/v1/messages", {"to": PHONE, "template": template}).status_code == 202
    [message] = rows(engine, "SELECT content -> 'template' -> 'components' AS components FROM messages")
    assert message.components == [
        {"type": "header", "parameters": [{"type": "text", "parameter_name": "who", "text": "Ana"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "days", "text": "3"},
                {"type": "text", "parameter_name": "name", "text": "Ana"},
            ],
        },
    ]


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["/to"]),
    ({"to": PHONE}, [""]),
    ({**TEMPLATE, **TEXT}, [""]),
    ({**TEXT, "to": "809-555-1234"}, ["/to"]),
    ({**TEXT, "to": 18095551234}, ["/to"]),
    ({**TEXT, "to": "+1809"}, ["/to"]),
    ({**TEXT, "sender": "x"}, ["/sender"]),
    ({"to": PHONE, "text": {"body": ""}}, ["/text/body"]),
    ({"to": PHONE, "text": {"body": "x" * 4097}}, ["/text/body"]),
    ({"to": PHONE, "text": {"body": "a\u0000b"}}, ["/text/body"]),
    ({"to": PHONE, "text": {"body": "a", "preview_url": "yes"}}, ["/text/preview_url"]),
    ({**TEXT, "client_reference": "a\nb"}, ["/client_reference"]),
    ({**TEXT, "scheduled_at": "2027-01-01T10:00:00"}, ["/scheduled_at"]),
    ({**TEXT, "scheduled_at": 1900000000}, ["/scheduled_at"]),
    ({**TEXT, "scheduled_at": "2020-01-01T10:00:00Z"}, ["/scheduled_at"]),
    ({**TEXT, "scheduled_at": "2090-01-01T10:00:00Z"}, ["/scheduled_at"]),
    ({"to": PHONE, "template": {"name": "nothing", "language": "es"}}, ["/template/name"]),
    ({"to": PHONE, "template": {"name": "hello_world", "language": "en"}}, ["/template/language"]),
    ({"to": PHONE, "template": {"name": "Hello World", "language": "es"}}, ["/template/name"]),
    ({"to": PHONE, "template": {"name": "hello_world", "language": "es", "body": ["x"]}}, ["/template/body"]),
    ({"to": PHONE, "template": {"name": "invoice", "language": "es", "body": INVOICE_BODY[:3]}}, ["/template/body"]),
    (
        {"to": PHONE, "template": {"name": "invoice", "language": "es", "body": [*INVOICE_BODY[:4], "a\nb"]}},
        ["/template/body/4"],
    ),
    (
        {"to": PHONE, "template": {"name": "invoice", "language": "es", "body": ["a     b", *INVOICE_BODY[1:]]}},
        ["/template/body/0"],
    ),
    (
        {"to": PHONE, "template": {"name": "invoice", "language": "es", "body": ["undefined", *INVOICE_BODY[1:]]}},
        ["/template/body/0"],
    ),
    ({"to": PHONE, "template": {"name": "invoice", "language": "es", "body": ["x" * 1025]}}, ["/template/body/0"]),
    ({"to": PHONE, "template": {"name": "invoice", "language": "es", "body": {"a/b": "x"}}}, ["/template/body"]),
    ({"to": PHONE, "template": {"name": "invoice_pdf", "language": "es", "body": INVOICE_BODY}}, ["/template/header"]),
    (
        {"to": PHONE, "template": {"name": "invoice_button", "language": "es", "body": INVOICE_BODY[:4]}},
        ["/template/buttons"],
    ),
    (
        {"to": PHONE, "template": {"name": "hello_world", "language": "es", "header": {"text": "a", "image": None}}},
        ["/template/header"],
    ),
    ({"to": PHONE, "template": {"name": "hello_world", "language": "es", "header": {}}}, ["/template/header"]),
    (
        {
            "to": PHONE,
            "template": {"name": "invoice_pdf", "language": "es", "header": {"document": {"link": "ftp://x"}}},
        },
        ["/template/header/document/link"],
    ),
    (
        {"to": PHONE, "template": {"name": "hello_world", "language": "es", "buttons": [{"index": 0}]}},
        ["/template/buttons/0"],
    ),
]


def test_refused_input_is_pointed_at_and_nothing_is_stored(caller: Caller, engine: Engine) -> None:
    for body, at in REFUSED:
        answer = caller.post("/v1/messages", body)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), body
        assert pointers(answer) == at, body
        assert answer.json["code"] == "invalid_request"
    assert count(engine, "messages") == count(engine, "outbox") == 0


def test_a_refusal_names_what_there_is(caller: Caller) -> None:
    unknown = caller.post("/v1/messages", {"to": PHONE, "template": {"name": "factura", "language": "es"}})
    assert "hello_world" in unknown.json["detail"]
    wrong_language = caller.post("/v1/messages", {"to": PHONE, "template": {"name": "invoice", "language": "es_DO"}})
    assert "in es" in wrong_language.json["detail"]


def test_a_template_that_meta_paused_is_refused(caller: Caller, engine: Engine, business: Business) -> None:
    change(engine, "UPDATE templates SET status = 'PAUSED' WHERE name = 'hello_world'")
    answer = caller.post("/v1/messages", TEMPLATE)
    assert (answer.status_code, pointers(answer)) == (422, ["/template/name"])
    assert "PAUSED" in answer.json["detail"]


def test_before_the_first_synchronisation_templates_are_taken_unchecked(
    caller: Caller, engine: Engine, business: Business
) -> None:
    change(engine, "DELETE FROM templates")
    template = {"name": "anything", "language": "pt_BR", "body": ["a", "b"]}
    assert caller.post("/v1/messages", {"to": PHONE, "template": template}).status_code == 202


def test_without_a_channel_nothing_is_accepted(caller: Caller, engine: Engine, business: Business) -> None:
    change(engine, "UPDATE channels SET is_active = false")
    answer = caller.post("/v1/messages", TEXT)
    assert (answer.status_code, answer.json["code"]) == (409, "channel_inactive")


def test_a_scheduled_message_waits_for_its_time(caller: Caller, engine: Engine) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    answer = caller.post("/v1/messages", {**TEMPLATE, "scheduled_at": at.astimezone().isoformat()})
    assert (answer.status_code, answer.json["status"]) == (202, "scheduled")
    assert answer.json["scheduled_at"] == at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    [row] = rows(engine, "SELECT due_at FROM outbox")
    assert row.due_at == at
    assert [step["status"] for step in caller.get(f"/v1/messages/{answer.json['id']}").json["timeline"]] == [
        "scheduled"
    ]
