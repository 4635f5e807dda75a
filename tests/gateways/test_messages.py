"""Messages of all dialects come out alike: the four tell the same conversation (S3.16 to S3.21, D2, D3)."""

from datetime import UTC, datetime

import pytest

from gateways.items import Call, Message, OtherEvent
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
from tests.gateways.reading import ID, INCOMING, message, only

WHEN = datetime.fromtimestamp(AT, UTC)


@pytest.mark.parametrize("kind", Kind)
def test_a_text_is_the_same_message_in_every_dialect(kind: Kind) -> None:
    """S3.16."""
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
    """S3.17."""
    first = only(Kind.WWEBJS, wwebjs("message", {"message": web_message()}))
    again = only(Kind.WWEBJS, wwebjs("message_create", {"message": web_message()}))
    assert first.key == again.key


def test_a_file_that_was_uploaded_is_told_of_with_its_message_s3_21() -> None:
    shown = web_message(fromMe=True, type="image", hasMedia=True)
    told = only(Kind.WWEBJS, wwebjs("message_create", {"message": shown}))
    uploaded = only(Kind.WWEBJS, wwebjs("media_uploaded", {"message": shown}))
    assert (uploaded.key, uploaded.event) == (told.key, "media_uploaded")


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
    """S3.19."""
    item = only(kind, body)
    assert isinstance(item, Call)
    assert (item.call_id, item.phone, item.is_video) == ("call_123", PHONE, False)


def test_who_we_are_never_stands_for_the_other_side() -> None:
    item = message(Kind.WWEBJS, wwebjs("message", {"message": web_message(**{"from": PERSON, "to": OURS})}))
    assert item.phone == PHONE
