"""Customers write every type Meta knows."""

import time
from typing import Any

import pytest

from simulator import defaults
from simulator.inbound_bodies import BODIES
from tests.simulator.meta import CUSTOMER, Meta, template_message
from tests.simulator.receiver import Receiver

WITHOUT_OBJECT = {"unsupported", "unknown", "request_welcome"}


@pytest.mark.parametrize("kind", BODIES)
def test_every_type_arrives_with_its_object(meta: Meta, receiver: Receiver, kind: str) -> None:
    wamid = meta.control("inbound", {"from": CUSTOMER, "type": kind})["wamid"]
    [message] = receiver.wait_for_messages()
    assert (message["id"], message["type"], message["from"]) == (wamid, kind, CUSTOMER[1:])
    assert abs(int(message["timestamp"]) - time.time()) < 5
    assert bool(message.get(kind)) == (kind not in WITHOUT_OBJECT)
    [value] = receiver.values
    assert value["metadata"]["phone_number_id"] == defaults.PHONE_NUMBER_ID
    assert ("contacts" in value) == (kind != "system")
    meta.wait_until_quiet()
    assert meta.look("inbound") == [
        {
            "wamid": wamid,
            "from": CUSTOMER,
            "type": kind,
            "phone_number_id": defaults.PHONE_NUMBER_ID,
            "acknowledged": 1,
        }
    ]


@pytest.mark.parametrize("kind", ["unsupported", "unknown"])
def test_what_is_not_supported_carries_its_error(meta: Meta, receiver: Receiver, kind: str) -> None:
    meta.control("inbound", type=kind)
    assert receiver.wait_for_messages()[0]["errors"][0]["code"] == 131051


def test_a_contact_goes_with_the_message(meta: Meta, receiver: Receiver) -> None:
    meta.control("inbound", {"from": CUSTOMER, "name": "Luis", "username": "@luis"})
    [message] = receiver.wait_for_messages()
    [contact] = receiver.values[0]["contacts"]
    assert contact == {
        "profile": {"name": "Luis", "username": "@luis"},
        "wa_id": CUSTOMER[1:],
        "user_id": message["from_user_id"],
    }


@pytest.mark.parametrize("wanted", [{"bsuid": "DO.13491208655302741918"}, {"from": CUSTOMER, "bsuid_only": True}])
def test_a_sender_may_show_no_phone(meta: Meta, receiver: Receiver, wanted: dict[str, Any]) -> None:
    meta.control("inbound", wanted)
    [message] = receiver.wait_for_messages()
    assert "from" not in message
    assert message["from_user_id"] == wanted.get("bsuid", message["from_user_id"])
    assert "wa_id" not in receiver.values[0]["contacts"][0]


@pytest.mark.parametrize("given", ["+18095550123", "18095550123", "+1 (809) 555-0123"])
def test_from_is_a_phone_in_any_notation(meta: Meta, receiver: Receiver, given: str) -> None:
    meta.control("inbound", {"from": given})
    assert receiver.wait_for_messages()[0]["from"] == "18095550123"


@pytest.mark.parametrize("given", [{"text": {"body": "Ya pagué"}}, {"text": "Ya pagué"}, {"body": "Ya pagué"}])
def test_the_text_can_be_given_shortly_or_in_full(meta: Meta, receiver: Receiver, given: dict[str, Any]) -> None:
    meta.control("inbound", type="text", **given)
    assert receiver.wait_for_messages()[0]["text"] == {"body": "Ya pagué"}


def test_the_object_of_a_type_and_the_common_part_can_be_given(meta: Meta, receiver: Receiver) -> None:
    given = {
        "type": "interactive",
        "interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "Uno"}},
        "context": {"forwarded": True},
        "group_id": "group-1",
        "timestamp": 1_700_000_000_000,
        "phone_number_id": defaults.SECOND_PHONE_NUMBER_ID,
    }
    meta.control("inbound", given)
    [message] = receiver.wait_for_messages()
    assert message["interactive"] == given["interactive"]
    assert message["context"] == {"forwarded": True}
    assert message["group_id"] == "group-1"
    assert message["timestamp"] == "1700000000000"
    assert receiver.values[0]["metadata"]["phone_number_id"] == defaults.SECOND_PHONE_NUMBER_ID


def test_a_reply_that_cannot_be_shown_has_no_object_but_an_error_beside(meta: Meta, receiver: Receiver) -> None:
    meta.control("inbound", type="interactive", interactive=None)
    [message] = receiver.wait_for_messages()
    assert "interactive" not in message
    assert receiver.values[0]["errors"][0]["code"] == 131000


def test_a_button_answers_our_last_message(meta: Meta, receiver: Receiver) -> None:
    meta.send(template_message(to=CUSTOMER))
    wamid = meta.send(template_message(to=CUSTOMER))
    meta.control("inbound", {"from": CUSTOMER, "type": "button"})
    assert receiver.wait_for_messages()[0]["context"] == {"from": "18295550142", "id": wamid}


def test_an_edit_names_the_message_it_changes(meta: Meta, receiver: Receiver) -> None:
    wamid = meta.control("inbound", {"from": CUSTOMER})["wamid"]
    meta.control("inbound", {"from": CUSTOMER, "type": "edit"})
    (edited,) = [message for message in receiver.wait_for_messages(2) if message["type"] == "edit"]
    assert edited["edit"]["original_message_id"] == wamid


def test_the_same_id_again_is_a_duplicate(meta: Meta, receiver: Receiver) -> None:
    wamids = meta.control("inbound", [{"id": "wamid.same"}, {"id": "wamid.same"}])["wamids"]
    assert wamids == ["wamid.same", "wamid.same"]
    assert {message["id"] for message in receiver.wait_for_messages(2)} == {"wamid.same"}


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_media_of_a_customer_can_be_downloaded(meta: Meta, receiver: Receiver, kind: str) -> None:
    meta.control("inbound", type=kind)
    media = receiver.wait_for_messages()[0][kind]
    found = meta.call("GET", media["id"]).json()
    assert media["mime_type"].startswith(found["mime_type"])
    content = meta.session.get(found["url"], headers={"Authorization": f"Bearer {defaults.ACCESS_TOKEN}"}).content
    assert len(content) == found["file_size"]


@pytest.mark.parametrize(
    ("wanted", "known"),
    [
        ({"type": "fax"}, "text"),
        ({"sender": CUSTOMER}, "from"),
        ({"phone_number_id": "999"}, defaults.PHONE_NUMBER_ID),
        ({"type": "text", "image": {}}, "text"),
        ({"from": "nobody"}, None),
        ({"bsuid": "nobody"}, None),
        ({"timestamp": "yesterday"}, None),
        (["not an object"], None),
    ],
)
def test_a_wrong_message_is_refused_with_what_is_known(meta: Meta, wanted: Any, known: str | None) -> None:
    answer = meta.session.post(meta.address + "/_sim/inbound", json=wanted)
    assert answer.status_code == 400
    assert known is None or known in answer.json()["known"]
    assert meta.look("inbound") == []
