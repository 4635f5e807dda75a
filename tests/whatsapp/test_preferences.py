"""Choices made in WhatsApp (reference 4, user_preferences)."""

from typing import Any

import pytest

from tests.whatsapp.payloads import BSUID, PHONE, SECONDS, contact_of, field_body, value_of
from whatsapp.payload import OtherEvent, split
from whatsapp.preferences import Preference, preference
from whatsapp.wire_values import timestamp

CHOICE = {"wa_id": PHONE, "user_id": BSUID, "category": "marketing_messages", "value": "stop", "timestamp": SECONDS}


def read(choice: dict[str, Any], **more: Any) -> Preference | None:
    [event] = split(field_body("user_preferences", value_of(user_preferences=[choice], **more)))
    assert isinstance(event, OtherEvent)
    return preference(event)


def test_a_choice_is_read() -> None:
    assert read(CHOICE) == Preference(f"+{PHONE}", BSUID, "marketing_messages", "stop", timestamp(SECONDS))


def test_who_chose_may_stand_in_the_contact_or_be_known_by_bsuid_alone() -> None:
    by_bsuid = read({key: value for key, value in CHOICE.items() if key != "wa_id"})
    assert by_bsuid is not None
    assert (by_bsuid.phone, by_bsuid.bsuid) == (None, BSUID)
    paired = read({key: value for key, value in CHOICE.items() if key != "wa_id"}, contacts=[contact_of()])
    assert paired is not None
    assert paired.phone == f"+{PHONE}"


@pytest.mark.parametrize("missing", ["category", "value", "timestamp"])
def test_a_choice_that_does_not_say_which_or_when_is_none(missing: str) -> None:
    choice = {key: value for key, value in CHOICE.items() if key != missing}
    [item] = split(field_body("user_preferences", value_of(user_preferences=[choice])))
    assert isinstance(item, OtherEvent)
    assert preference(item) is None


def test_a_choice_of_nobody_is_none() -> None:
    assert read({key: value for key, value in CHOICE.items() if key not in ("wa_id", "user_id")}) is None
