"""Messages of all dialects come out alike: the four tell the same conversation (S3.16 to S3.21, D2, D3)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateways.items import Ack, Call, Item, Message, OtherEvent, Unhandled
from gateways.kinds import Kind
from gateways.payload import split
from tests.gateways.bodies import (
    AT,
    GROUP,
    LID,
    OURS,
    PERSON,
    PHONE,
    baileys_message,
    body_of,
    evolution,
    flat_message,
    waha,
    waha_message,
    web_message,
    wppconnect,
    wwebjs,
)

ID = "3EB0C767D26A1B2C"
WHEN = datetime.fromtimestamp(AT, UTC)

Build = Callable[..., bytes]
INCOMING: dict[Kind, Build] = {
    Kind.FOUNDING: lambda **more: body_of({"event": "message", "data": {"message": web_message(**more)}}),
    Kind.WWEBJS: lambda **more: wwebjs("message", {"message": web_message(**more)}),
    Kind.WAHA: lambda **more: waha("message", waha_message(**more)),
    Kind.EVOLUTION: lambda **more: evolution("messages.upsert", baileys_message(**more)),
    Kind.WPPCONNECT: lambda **more: wppconnect("onmessage", **flat_message(**more)),
}


def only(kind: Kind, body: bytes) -> Item:
    (item,) = split(kind, body)
    return item


def message(kind: Kind, body: bytes) -> Message:
    item = only(kind, body)
    assert isinstance(item, Message), item
    return item


@pytest.mark.parametrize("kind", Kind)
def test_a_text_is_the_same_message_in_every_dialect(kind: Kind) -> None:
    item = message(kind, INCOMING[kind]())
    told = (item.message_id, item.type, item.from_me, item.phone, item.text, item.name, item.at, item.group_id)
    assert told == (ID, "text", False, PHONE, "Hola", "Ana Peña", WHEN, None)


@pytest.mark.parametrize("kind", Kind)
def test_nothing_personal_stands_in_a_repr_or_a_key(kind: Kind) -> None:
    item = message(kind, INCOMING[kind]())
    for secret in (PHONE[1:], "Hola", "Ana"):
        assert secret not in repr(item)
        assert secret not in item.key


@pytest.mark.parametrize("kind", Kind)
def test_our_own_message_names_who_it_went_to(kind: Kind) -> None:
    item = message(kind, INCOMING[kind](from_me=True))
    assert (item.from_me, item.phone) == (True, PHONE)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.WWEBJS, wwebjs("message", {"message": web_message(**{"from": LID, "id": f"false_{LID}_{ID}"})})),
        (Kind.WAHA, waha("message", waha_message(**{"from": LID}))),
        (
            Kind.EVOLUTION,
            evolution("messages.upsert", baileys_message(key={"id": ID, "remoteJid": LID, "fromMe": False})),
        ),
        (Kind.WPPCONNECT, wppconnect("onmessage", **flat_message(**{"from": LID}))),
    ],
)
def test_a_lid_is_an_alias_and_never_a_phone_number(kind: Kind, body: bytes) -> None:
    item = message(kind, body)
    assert (item.phone, item.lid, item.message_id) == (None, LID, ID)


def test_evolution_tells_the_number_behind_a_lid_beside_it() -> None:
    key = {"id": ID, "remoteJid": LID, "remoteJidAlt": "18095550199@s.whatsapp.net", "fromMe": False}
    item = message(Kind.EVOLUTION, evolution("messages.upsert", baileys_message(key=key)))
    assert (item.phone, item.lid) == (PHONE, LID)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.WWEBJS, wwebjs("message", {"message": web_message(**{"from": GROUP, "author": PERSON})})),
        (Kind.WAHA, waha("message", waha_message(**{"from": GROUP, "participant": PERSON}))),
        (
            Kind.EVOLUTION,
            evolution(
                "messages.upsert",
                baileys_message(key={"id": ID, "remoteJid": GROUP, "participant": PERSON, "fromMe": False}),
            ),
        ),
        (Kind.WPPCONNECT, wppconnect("onmessage", **flat_message(**{"from": GROUP, "author": PERSON}))),
    ],
)
def test_in_a_group_the_sender_is_its_author(kind: Kind, body: bytes) -> None:
    item = message(kind, body)
    assert (item.group_id, item.phone) == (GROUP, PHONE)


def test_the_founding_document_s_own_sample_is_understood() -> None:
    sample = {
        "id": "msg_123",
        "body": "Hello World",
        "from": "6281234567890@c.us",
        "to": "6289876543210@c.us",
        "timestamp": 1640995200,
    }
    item = message(Kind.FOUNDING, body_of({"event": "message", "data": {"message": sample}}))
    assert (item.message_id, item.text, item.phone) == ("msg_123", "Hello World", "+6281234567890")


def test_an_id_whose_serialized_form_was_renamed_is_still_an_id() -> None:
    renamed = {"fromMe": False, "remote": PERSON, "id": ID, "$1": f"false_{PERSON}_{ID}"}
    assert message(Kind.WWEBJS, wwebjs("message", {"message": web_message(id=renamed)})).message_id == ID


@pytest.mark.parametrize(
    ("told", "ours"),
    [("ptt", "audio"), ("vcard", "contacts"), ("list_response", "interactive"), ("template_button_reply", "button"), ("payment", "unsupported"), ("brand_new", "unsupported")],
)  # fmt: skip
def test_types_are_told_in_the_cloud_apis_words(told: str, ours: str) -> None:
    assert message(Kind.WWEBJS, wwebjs("message", {"message": web_message(type=told)})).type == ours


@pytest.mark.parametrize("notice", ["e2e_notification", "gp2", "call_log", "ciphertext"])
def test_what_nobody_wrote_is_no_message(notice: str) -> None:
    assert isinstance(only(Kind.WWEBJS, wwebjs("message", {"message": web_message(type=notice)})), OtherEvent)


@pytest.mark.parametrize("chat", ["status@broadcast", "120363@newsletter"])
@pytest.mark.parametrize("kind", [Kind.WWEBJS, Kind.WAHA, Kind.WPPCONNECT])
def test_statuses_and_channels_are_no_conversation(kind: Kind, chat: str) -> None:
    assert isinstance(only(kind, INCOMING[kind](**{"from": chat})), OtherEvent)


def test_message_and_message_create_are_one_message() -> None:
    first = only(Kind.WWEBJS, wwebjs("message", {"message": web_message()}))
    again = only(Kind.WWEBJS, wwebjs("message_create", {"message": web_message()}))
    assert first.key == again.key


ACKS: list[tuple[Kind, Callable[[int], bytes]]] = [
    (
        Kind.FOUNDING,
        lambda ack: body_of({"event": "message_ack", "data": {"message": web_message(from_me=True), "ack": ack}}),
    ),
    (Kind.WWEBJS, lambda ack: wwebjs("message_ack", {"message": web_message(from_me=True), "ack": ack})),
    (Kind.WAHA, lambda ack: waha("message.ack", waha_message(from_me=True, ack=ack), event_id=f"evt_{ack}")),
    (Kind.WPPCONNECT, lambda ack: wppconnect("onack", **flat_message(from_me=True, ack=ack))),
]


@pytest.mark.parametrize(("kind", "build"), ACKS)
def test_acks_from_minus_one_to_four_climb_the_one_ladder(kind: Kind, build: Callable[[int], bytes]) -> None:
    items = [only(kind, build(ack)) for ack in range(-1, 5)]
    assert [item.status for item in items if isinstance(item, Ack)] == [
        "failed",
        "accepted",
        "sent",
        "delivered",
        "read",
        "played",
    ]
    assert {item.message_id for item in items if isinstance(item, Ack)} == {ID}
    assert len({item.key for item in items}) == 6


@pytest.mark.parametrize(("kind", "build"), ACKS)
@pytest.mark.parametrize("ack", [5, -2, "two", None, 1.5])
def test_an_ack_off_the_ladder_is_malformed(kind: Kind, build: Callable[[Any], bytes], ack: Any) -> None:
    item = only(kind, build(ack))
    assert isinstance(item, Unhandled)
    assert item.reason == "malformed_item"


@pytest.mark.parametrize(
    ("word", "status"),
    [("ERROR", "failed"), ("PENDING", "accepted"), ("SERVER_ACK", "sent"), ("DELIVERY_ACK", "delivered"), ("READ", "read"), ("PLAYED", "played"), ("DELIVERED", "delivered")],
)  # fmt: skip
def test_evolution_says_acks_in_words(word: str, status: str) -> None:
    update = {"keyId": ID, "remoteJid": "18095550199@s.whatsapp.net", "fromMe": True, "status": word}
    item = only(Kind.EVOLUTION, evolution("messages.update", update))
    assert isinstance(item, Ack)
    assert (item.message_id, item.status, item.phone) == (ID, status, PHONE)


ACTS = [
    (
        Kind.WWEBJS,
        wwebjs("message_edit", {"message": web_message(), "newBody": "Adiós", "prevBody": "Hola"}),
        "edit",
        "Adiós",
    ),
    (
        Kind.WWEBJS,
        wwebjs(
            "message_revoke_everyone", {"message": web_message("3EBNOTICE", _data={"protocolMessageKey": {"id": ID}})}
        ),
        "revoke",
        None,
    ),
    (
        Kind.WWEBJS,
        wwebjs(
            "message_reaction",
            {
                "reaction": {
                    "id": {"id": "3EBREACT", "fromMe": False},
                    "timestamp": AT,
                    "reaction": "👍",
                    "msgId": {"id": ID},
                    "senderId": PERSON,
                }
            },
        ),
        "reaction",
        "👍",
    ),
    (
        Kind.WAHA,
        waha("message.edited", {**waha_message("3EBEDIT"), "editedMessageId": ID, "body": "Adiós"}),
        "edit",
        "Adiós",
    ),
    (
        Kind.WAHA,
        waha("message.revoked", {"after": waha_message("3EBAFTER"), "before": None, "revokedMessageId": ID}),
        "revoke",
        None,
    ),
    (
        Kind.WAHA,
        waha(
            "message.reaction",
            {**waha_message("3EBREACT"), "reaction": {"text": "👍", "messageId": f"true_{PERSON}_{ID}"}},
        ),
        "reaction",
        "👍",
    ),
    (Kind.EVOLUTION, evolution("messages.delete", {"id": ID, "remoteJid": PERSON, "fromMe": False}), "revoke", None),
    (
        Kind.EVOLUTION,
        evolution(
            "messages.upsert",
            baileys_message("3EBREACT", message={"reactionMessage": {"key": {"id": ID}, "text": "👍"}}),
        ),
        "reaction",
        "👍",
    ),
    (
        Kind.EVOLUTION,
        evolution(
            "messages.upsert",
            baileys_message(
                "3EBEDIT",
                message={
                    "protocolMessage": {
                        "key": {"id": ID},
                        "type": "MESSAGE_EDIT",
                        "editedMessage": {"conversation": "Adiós"},
                    }
                },
            ),
        ),
        "edit",
        "Adiós",
    ),
    (
        Kind.EVOLUTION,
        evolution(
            "messages.upsert", baileys_message("3EBREVOKE", message={"protocolMessage": {"key": {"id": ID}, "type": 0}})
        ),
        "revoke",
        None,
    ),
    (
        Kind.WPPCONNECT,
        wppconnect("onrevokedmessage", **{"from": PERSON, "id": {"id": "3EBNOTICE"}, "refId": {"id": ID}}),
        "revoke",
        None,
    ),
    (
        Kind.WPPCONNECT,
        wppconnect("onreactionmessage", id={"id": "3EBREACT"}, msgId={"id": ID}, reactionText="👍", senderId=PERSON),
        "reaction",
        "👍",
    ),
]


@pytest.mark.parametrize(("kind", "body", "type_", "text"), ACTS)
def test_edits_revocations_and_reactions_name_the_message_they_are_about(
    kind: Kind, body: bytes, type_: str, text: str | None
) -> None:
    item = message(kind, body)
    assert (item.type, item.context_id, item.text, item.phone) == (type_, ID, text, PHONE)
    assert item.message_id != ID


def test_wwebjs_brings_a_file_in_an_event_of_its_own() -> None:
    file = {"mimetype": "image/jpeg", "data": "/9j/4AAQ", "filename": None, "filesize": 6}
    shown = web_message(type="image", hasMedia=True, body="My receipt")
    item = message(Kind.WWEBJS, wwebjs("media", {"messageMedia": file, "message": shown}))
    told = message(Kind.WWEBJS, wwebjs("message", {"message": shown}))
    assert item.media is not None
    assert (item.type, item.text, item.media.mime_type, item.media.base64) == (
        "image",
        "My receipt",
        "image/jpeg",
        "/9j/4AAQ",
    )
    assert item.message_id == told.message_id
    assert item.key != told.key


def test_waha_tells_where_a_file_lies() -> None:
    media = {
        "url": "http://gateway/api/files/1.pdf",
        "mimetype": "application/pdf",
        "filename": "paid.pdf",
        "error": None,
    }
    item = message(Kind.WAHA, waha("message", waha_message(hasMedia=True, media=media)))
    assert item.media is not None
    assert (item.type, item.media.url, item.media.filename) == (
        "document",
        "http://gateway/api/files/1.pdf",
        "paid.pdf",
    )


def test_wppconnect_puts_a_file_where_a_text_would_stand_and_it_is_no_text() -> None:
    item = message(
        Kind.WPPCONNECT,
        wppconnect("onmessage", **flat_message(type="image", mimetype="image/jpeg", body="/9j/4AAQ", caption="Paid")),
    )
    assert item.media is not None
    assert (item.text, item.media.base64) == ("Paid", "/9j/4AAQ")
    assert "body" not in item.raw


def test_evolution_wraps_documents_and_may_carry_their_content() -> None:
    inner = {"documentMessage": {"mimetype": "application/pdf", "fileName": "paid.pdf", "caption": "Paid"}}
    content = {"documentWithCaptionMessage": {"message": inner}, "base64": "JVBERi0="}
    item = message(Kind.EVOLUTION, evolution("messages.upsert", baileys_message(message=content)))
    assert item.media is not None
    assert (item.type, item.text, item.media.filename, item.media.base64) == (
        "document",
        "Paid",
        "paid.pdf",
        "JVBERi0=",
    )
    assert "base64" not in item.raw["message"]


def test_several_messages_in_one_evolution_body_all_come_out() -> None:
    items = split(Kind.EVOLUTION, evolution("messages.upsert", [baileys_message("A1"), baileys_message("B2")]))
    assert [item.message_id for item in items if isinstance(item, Message)] == ["A1", "B2"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.FOUNDING, body_of({"event": "call", "data": {"call": {"id": "call_123", "from": PERSON}}})),
        (Kind.WWEBJS, wwebjs("call", {"call": {"id": "call_123", "from": PERSON, "isVideo": False}})),
        (Kind.WAHA, waha("call.received", {"id": "call_123", "from": PERSON, "timestamp": AT, "isVideo": False})),
        (Kind.EVOLUTION, evolution("call", {"id": "call_123", "from": PERSON, "status": "offer", "isVideo": False})),
        (Kind.WPPCONNECT, wppconnect("incomingcall", id="call_123", peerJid=PERSON, offerTime=AT, isVideo=False)),
    ],
)
def test_a_call_names_its_caller(kind: Kind, body: bytes) -> None:
    item = only(kind, body)
    assert isinstance(item, Call)
    assert (item.call_id, item.phone, item.is_video) == ("call_123", PHONE, False)


def test_who_we_are_never_stands_for_the_other_side() -> None:
    item = message(Kind.WWEBJS, wwebjs("message", {"message": web_message(**{"from": PERSON, "to": OURS})}))
    assert item.phone == PHONE


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.WWEBJS, wwebjs("message_ack", {"message": web_message(), "ack": 3})),
        (Kind.WAHA, waha("message.ack", waha_message(ack=3))),
        (
            Kind.EVOLUTION,
            evolution("messages.update", {"keyId": ID, "remoteJid": PERSON, "fromMe": False, "status": "READ"}),
        ),
        (Kind.WPPCONNECT, wppconnect("onack", **flat_message(ack=3))),
    ],
)
def test_that_we_read_a_customers_message_is_no_receipt(kind: Kind, body: bytes) -> None:
    assert isinstance(only(kind, body), OtherEvent)
