"""Echoes of the phone app and imported history (reference 2.5, S1.26)."""

from typing import Any

import pytest

from tests.whatsapp.payloads import BSUID, PHONE, SECONDS, contact_of, field_body, value_of, without
from whatsapp.own_messages import PassedMessage, passed_messages
from whatsapp.payload import OtherEvent, split

OUR_PHONE = "18095550100"
TEXT = {"type": "text", "text": {"body": "Hola"}, "timestamp": str(SECONDS)}
ECHO = {"id": "wamid.E1", "from": OUR_PHONE, "to": PHONE, "to_user_id": BSUID, **TEXT}


def passed(field: str, **lists: Any) -> list[PassedMessage]:
    return [
        message
        for item in split(field_body(field, value_of(**lists)))
        if isinstance(item, OtherEvent)
        for message in passed_messages(item)
    ]


def test_an_echo_is_a_message_of_ours() -> None:
    [echo] = passed("smb_message_echoes", message_echoes=[ECHO], contacts=[contact_of()])
    assert (echo.source, echo.direction, echo.wamid, echo.text, echo.status) == (
        "echo",
        "outbound",
        "wamid.E1",
        "Hola",
        "sent",
    )
    assert (echo.person_phone, echo.person_bsuid, echo.profile_name) == (f"+{PHONE}", BSUID, "Ana Pérez")


def test_an_echo_may_go_to_a_bsuid_alone() -> None:
    [echo] = passed("smb_message_echoes", message_echoes=[without(ECHO, "to")])
    assert (echo.person_phone, echo.person_bsuid) == (None, BSUID)


@pytest.mark.parametrize(
    ("more", "text", "context"),
    [
        ({"type": "edit", "edit": {"original_message_id": "wamid.E0", "message": TEXT}}, "Hola", "wamid.E0"),
        ({"type": "revoke", "revoke": {"original_message_id": "wamid.E0"}}, None, "wamid.E0"),
    ],
)
def test_an_echo_may_edit_or_revoke(more: dict[str, Any], text: str | None, context: str) -> None:
    [echo] = passed("smb_message_echoes", message_echoes=[{**without(ECHO, "text"), **more}])
    assert (echo.text, echo.context_wamid) == (text, context)


@pytest.mark.parametrize(
    "broken",
    [without(ECHO, "id"), without(ECHO, "type"), {**ECHO, "type": "hologram"}, without(ECHO, "to", "to_user_id")],
)
def test_an_echo_that_cannot_be_read_is_left_in_its_event(broken: dict[str, Any]) -> None:
    assert passed("smb_message_echoes", message_echoes=[broken]) == []


def history(*messages: dict[str, Any], **thread: Any) -> list[PassedMessage]:
    chunk = {"metadata": {"phase": 0, "chunk_order": 1, "progress": 50}}
    return passed("history", history=[{**chunk, "threads": [{"id": PHONE, **thread, "messages": list(messages)}]}])


def test_history_has_both_directions_with_their_states() -> None:
    theirs = {"id": "wamid.H1", "from": PHONE, **TEXT}
    ours = {"id": "wamid.H2", "from": OUR_PHONE, "to": PHONE, **TEXT, "history_context": {"status": "READ"}}
    found = history(theirs, ours, {**ours, "id": "wamid.H3", "history_context": {"status": "ERROR"}})
    assert [(one.wamid, one.direction, one.status) for one in found] == [
        ("wamid.H1", "inbound", "delivered"),
        ("wamid.H2", "outbound", "read"),
        ("wamid.H3", "outbound", "sent"),
    ]
    assert {(one.source, one.person_phone) for one in found} == {("history", f"+{PHONE}")}


def test_ours_in_a_thread_need_not_name_the_person_in_to() -> None:
    [ours] = history({"id": "wamid.H2", "from": OUR_PHONE, **TEXT})
    assert (ours.direction, ours.person_phone) == ("outbound", f"+{PHONE}")


def test_a_thread_may_be_known_by_bsuid_and_username_alone() -> None:
    context = {"user_id": BSUID, "username": "@ana"}
    [theirs] = history({"id": "wamid.H1", "from_user_id": BSUID, **TEXT}, id=None, context=context)
    assert (theirs.direction, theirs.person_phone, theirs.person_bsuid) == ("inbound", None, BSUID)
    assert theirs.profile_name == "@ana"


def test_late_files_of_history_are_messages_of_both_lists() -> None:
    image = {"type": "image", "image": {"id": "7"}, "timestamp": str(SECONDS)}
    found = passed(
        "history",
        messages=[{"id": "wamid.H4", "from": PHONE, **image}],
        message_echoes=[{"id": "wamid.H5", "from": OUR_PHONE, "to": PHONE, **image}],
    )
    assert [(one.wamid, one.direction) for one in found] == [("wamid.H4", "inbound"), ("wamid.H5", "outbound")]


def test_what_customers_write_now_is_no_such_message() -> None:
    assert passed("messages", messages=[{"id": "wamid.IN1", "from": PHONE, **TEXT}]) == []


def test_nothing_personal_is_in_a_repr() -> None:
    shown = repr(passed("smb_message_echoes", message_echoes=[ECHO]))
    assert PHONE not in shown
    assert "Hola" not in shown
