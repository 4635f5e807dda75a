"""People who get another number or BSUID (reference 2.4)."""

from typing import Any

import pytest

from tests.whatsapp.payloads import PHONE, message_of, messages_body, without
from whatsapp.identity_changes import IdentityChange, identity_change
from whatsapp.payload import InboundMessage, split

OLD = f"+{PHONE}"
NEW_PHONE, NEW = "18295550177", "+18295550177"


def change_of(system: dict[str, Any], *missing: str, **more: Any) -> IdentityChange | None:
    [item] = split(messages_body(messages=[without(message_of("system", system=system, **more), *missing)]))
    assert isinstance(item, InboundMessage)
    return identity_change(item)


@pytest.mark.parametrize(
    ("system", "missing", "expected"),
    [
        (
            {"type": "user_changed_number", "wa_id": NEW_PHONE, "user_id": "DO.New", "previous_user_id": "DO.Old"},
            ("from_user_id",),
            IdentityChange(OLD, "DO.Old", NEW, "DO.New"),
        ),
        (
            {"type": "user_changed_number", "user_id": "DO.New", "previous_user_id": "DO.Old"},
            ("from", "from_user_id"),
            IdentityChange(None, "DO.Old", None, "DO.New"),
        ),
        (
            {"type": "user_changed_user_id", "user_id": "DO.New", "previous_user_id": "DO.Old"},
            ("from", "from_user_id"),
            IdentityChange(None, "DO.Old", None, "DO.New"),
        ),
        (
            {"type": "customer_changed_number", "new_wa_id": NEW_PHONE, "customer": PHONE},
            ("from_user_id",),
            IdentityChange(OLD, None, NEW, None),
        ),
    ],
)
def test_a_change_names_who_somebody_was_and_is(
    system: dict[str, Any], missing: tuple[str, ...], expected: IdentityChange
) -> None:
    assert change_of(system, *missing) == expected


def test_the_sender_of_the_message_is_the_old_bsuid_when_nothing_else_names_it() -> None:
    change = change_of({"type": "user_changed_number", "wa_id": NEW_PHONE, "user_id": "DO.New"}, from_user_id="DO.Old")
    assert change == IdentityChange(OLD, "DO.Old", NEW, "DO.New")


@pytest.mark.parametrize(
    "system",
    [{"type": "customer_identity_changed"}, {"type": "new_kind", "wa_id": NEW_PHONE}, {"type": "user_changed_number"}],
)
def test_other_system_messages_change_nobody(system: dict[str, Any]) -> None:
    assert change_of(system) is None


def test_nothing_personal_is_in_a_repr() -> None:
    assert PHONE not in repr(change_of({"type": "user_changed_number", "wa_id": NEW_PHONE}))
