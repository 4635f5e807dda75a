"""Customers who write: from a control request to the webhook update (Meta: messages webhook reference)."""

import time
from collections.abc import Mapping
from typing import Any, Final

from simulator import defaults
from simulator.bad_control import BadControl, refuse_unknown_keys
from simulator.errors import GraphError, status_errors
from simulator.identity import BSUID, bsuid_of, phone_recipient
from simulator.inbound_bodies import BODIES, Customer, Writing
from simulator.records import BusinessNumber, Written, new_wamid
from simulator.state import State
from simulator.updates import Update

COMMON: Final = ("group_id", "context", "referral", "identity")
KEYS: Final = (
    "from", "bsuid", "bsuid_only", "name", "username", "type", "id", "timestamp", "phone_number_id",
    "body", "caption", "errors", *COMMON,
)  # fmt: skip
OPENS_NO_WINDOW: Final = frozenset({"system", "edit", "revoke", "reaction", "unsupported", "unknown"})
CARRIES_ERRORS: Final = frozenset({"unsupported", "unknown"})
GREETING: Final = "Hola, ¿cómo están?"


def write(state: State, wanted: Mapping[str, Any]) -> tuple[Update, Written]:
    """The webhook update for one message of a customer. Raises BadControl for unknown keys or types.

    wanted: `type` (default text), the type's own object (default: an example; null: left out; a string: its
    body) and any of KEYS. `from` is a phone with or without plus and may be absent beside a `bsuid`.
    """
    kind = wanted.get("type", "text")
    if kind not in BODIES:
        raise BadControl("unknown type", BODIES)
    refuse_unknown_keys(wanted, (*KEYS, kind))
    writing = Writing(state, number_of(state, wanted), _customer(wanted), str(wanted.get("body", GREETING)))
    message = _message(writing, kind, wanted)
    written = Written(message["id"], writing.customer.user, kind, writing.number.phone_number_id)
    state.written.append(written)
    if kind not in OPENS_NO_WINDOW and "group_id" not in wanted:
        _open_window(writing, int(message["timestamp"]))
    contact = None if kind == "system" else writing.customer.contact()
    errors = _errors_beside(kind, wanted)
    return Update("messages", message, writing.number, contact, errors, on_acknowledged=written.note), written


def number_of(state: State, wanted: Mapping[str, Any]) -> BusinessNumber:
    """The business number a control request names, by default the first. Raises BadControl."""
    phone_number_id = wanted.get("phone_number_id", state.options.phone_number_id)
    if phone_number_id not in state.numbers:
        raise BadControl("unknown phone_number_id", state.numbers)
    return state.numbers[phone_number_id]


def _message(writing: Writing, kind: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    customer = writing.customer
    dated = int(time.time() - writing.state.faults.webhooks.age_s)
    return {
        **({"from": customer.wa_id} if customer.wa_id else {}),
        "from_user_id": customer.bsuid,
        "id": str(wanted.get("id") or new_wamid(customer.user)),
        "timestamp": _timestamp(wanted.get("timestamp", dated)),
        "type": kind,
        **_content(writing, kind, wanted),
        **{name: wanted[name] for name in COMMON if name in wanted},
    }


def _content(writing: Writing, kind: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if kind in wanted and wanted[kind] is None:
        return {}
    content = BODIES[kind](writing)
    given = wanted.get(kind)
    if isinstance(given, str):
        content[kind] = {**content.get(kind, {}), "body": given}
    elif given is not None:
        content[kind] = given
    if "caption" in wanted and isinstance(content.get(kind), dict):
        content[kind]["caption"] = wanted["caption"]
    if kind in CARRIES_ERRORS and "errors" in wanted:
        content["errors"] = wanted["errors"]
    return content


def _timestamp(given: Any) -> str:
    text = str(given)
    if not (text.isascii() and text.isdigit()):
        raise BadControl("timestamp must be unix seconds")
    return text


def _customer(wanted: Mapping[str, Any]) -> Customer:
    bsuid = wanted.get("bsuid")
    if bsuid is not None and not BSUID.fullmatch(str(bsuid)):
        raise BadControl("bsuid must look like US.13491208655302741918")
    known_by_bsuid = bsuid is not None and "from" not in wanted
    phone = None if known_by_bsuid else _phone(wanted.get("from", defaults.CUSTOMER_PHONE))
    return Customer(
        phone=None if wanted.get("bsuid_only") else phone,
        bsuid=bsuid or bsuid_of(phone or defaults.CUSTOMER_PHONE),
        name=wanted.get("name", defaults.CUSTOMER_NAME),
        username=wanted.get("username"),
    )


def _phone(given: Any) -> str:
    """A customer's phone: international digits, with or without plus."""
    try:
        return phone_recipient("+" + str(given).removeprefix("+"), "").name
    except GraphError:
        raise BadControl("from must be a phone number") from None


def _open_window(writing: Writing, at: int) -> None:
    customer = writing.customer
    writing.state.open_window(writing.number.phone_number_id, customer.phone, customer.bsuid, at)


def _errors_beside(kind: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Errors in the value, beside the message: given, or for a reply that Meta could not show."""
    if kind == "interactive" and wanted.get("interactive", {}) is None:
        return status_errors(131000, "the reply could not be shown")
    return None if kind in CARRIES_ERRORS else wanted.get("errors")
