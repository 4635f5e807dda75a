"""Bodies as a whole: forms, refusals, keys; whatever comes, split does not raise (S3.1, S3.2, S3.27)."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.items import MALFORMED, OtherEvent, SessionEvent, Unhandled
from gateways.kinds import Kind
from gateways.payload import DIALECTS, split
from tests.gateways.bodies import (
    QR,
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
from tests.gateways.reading import only


@pytest.mark.parametrize(
    "payload",
    [
        {"sessionId": "shop", "event": "qr", "data": {"qr": QR}},
        {"event": "qr", "data": {"qr": QR}},
        {"qr": QR},
        {"sessionId": "shop", "qr": QR},
        {"dataType": "qr", "data": {"qr": QR}, "sessionId": "shop"},
    ],
)
def test_every_body_form_of_s3_1_tells_the_same_qr(payload: Any) -> None:
    item = only(Kind.FOUNDING, payload)
    assert isinstance(item, SessionEvent)
    assert (item.signal.state, item.qr, item.message) == ("qr_generated", QR, "QR code generated, scan to connect")


@pytest.mark.parametrize(
    ("payload", "state", "message"),
    [
        ({"event": "ready", "data": {}}, "session_connected", "WhatsApp session connected successfully"),
        ({"event": "disconnected", "data": {"reason": "User logged out"}}, "session_not_connected", "Disconnected: User logged out"),
        ({"reason": "LOGOUT"}, "session_not_connected", "Disconnected: LOGOUT"),
        ({"event": "auth_failure", "data": {"msg": "Invalid QR scan"}}, "auth_failure", "Authentication failed: Invalid QR scan"),
        ({"event": "change_state", "data": {"state": "connecting"}}, "connecting", "State changed to: connecting"),
        ({"state": "CONNECTED"}, "session_connected", "State changed to: CONNECTED"),
        ({"event": "loading_screen", "data": {"percent": 75, "message": "Loading session..."}}, "loading", "Loading 75%: Loading session..."),
    ],
)  # fmt: skip
def test_the_texts_for_people_are_the_founding_ones(payload: Any, state: str, message: str) -> None:
    """S3.8, S3.9, S3.11, S3.12, S3.14, S3.15, S3.21b."""
    item = only(Kind.FOUNDING, payload)
    assert isinstance(item, SessionEvent)
    assert (item.signal.state, item.message) == (state, message)


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        *((kind, b"{", "not_json") for kind in Kind),
        *((kind, [1], "no_object") for kind in Kind),
        (Kind.FOUNDING, {}, "unknown_format"),
        (Kind.FOUNDING, {"sessionId": "shop", "data": {}}, "no_event"),
        (Kind.FOUNDING, {"event": 7, "data": {}}, "no_event"),
        (Kind.FOUNDING, {"event": "ready", "data": "yes"}, "malformed_item"),
        (Kind.FOUNDING, {"event": "qr", "data": {"qr": 5}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "qr", "data": {}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "loading_screen", "data": {"percent": 101}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "loading_screen", "data": {"percent": "much"}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "message", "data": {}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "message", "data": {"message": {"body": "no id"}}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "message", "data": {"message": {"id": "a", "from": "nobody"}}}, "malformed_item"),
        (Kind.FOUNDING, {"event": "call", "data": {"call": {}}}, "malformed_item"),
        (Kind.FOUNDING, {"message": "bare text"}, "malformed_item"),
        (Kind.WAHA, {"payload": {}}, "no_event"),
        (Kind.WAHA, {"event": "message"}, "malformed_item"),
        (Kind.EVOLUTION, {"data": {}}, "no_event"),
        (Kind.EVOLUTION, {"event": "messages.upsert", "data": 3}, "malformed_item"),
        (Kind.EVOLUTION, {"event": "messages.upsert", "data": {"key": {}}}, "malformed_item"),
        (Kind.WPPCONNECT, {"session": "shop"}, "no_event"),
        (Kind.WPPCONNECT, {"event": "onmessage"}, "malformed_item"),
    ],
)
def test_a_malformed_body_is_told_with_its_reason(kind: Kind, payload: Any, reason: str) -> None:
    item = only(kind, payload)
    assert isinstance(item, Unhandled)
    assert item.reason == reason
    assert item.reason in MALFORMED


@pytest.mark.parametrize("kind", Kind)
def test_an_event_nobody_knows_is_no_malformed_body(kind: Kind) -> None:
    item = only(kind, {"event": "brand_new", "data": {}, "payload": {}})
    assert isinstance(item, Unhandled)
    assert item.reason == "unknown_event"
    assert item.reason not in MALFORMED


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in Kind for name in sorted(DIALECTS[kind].others)])
def test_events_without_effect_are_known_by_name(kind: Kind, name: str) -> None:
    assert isinstance(only(kind, {"event": name, "data": {"any": 1}, "payload": {"any": 1}}), OtherEvent)


def test_waha_is_known_again_by_the_events_id_even_when_it_tells_the_same_twice() -> None:
    first = only(Kind.WAHA, waha("session.status", {"status": "WORKING"}, event_id="evt_1"))
    repeat = only(Kind.WAHA, waha("session.status", {"status": "WORKING"}, event_id="evt_1"))
    later = only(Kind.WAHA, waha("session.status", {"status": "WORKING"}, event_id="evt_2"))
    assert first.key == repeat.key != later.key
    assert first.repeats_within is None


def test_a_state_without_an_id_is_a_repeat_only_within_seconds() -> None:
    item = only(Kind.WWEBJS, wwebjs("ready"))
    assert item.repeats_within is not None


def test_a_qr_is_never_the_same_twice() -> None:
    first, other = (only(Kind.WWEBJS, wwebjs("qr", {"qr": qr})) for qr in (QR, QR + "x"))
    assert first.repeats_within is None
    assert first.key != other.key
    assert QR not in first.key
    assert QR not in repr(first)


def test_wppconnects_data_may_overwrite_its_envelope_without_harm() -> None:
    body = orjson.dumps({"event": "status-find", "session": "another-session", "status": "inChat"})
    item = only(Kind.WPPCONNECT, body)
    assert isinstance(item, SessionEvent)


VALID: list[tuple[Kind, Any]] = [
    (Kind.FOUNDING, {"event": "message", "data": {"message": web_message()}}),
    (Kind.WWEBJS, orjson.loads(wwebjs("message_ack", {"message": web_message(), "ack": 2}))),
    (Kind.WWEBJS, orjson.loads(wwebjs("message_reaction", {"reaction": {"id": {"id": "a"}, "msgId": {"id": "b"}}}))),
    (Kind.WWEBJS, orjson.loads(wwebjs("message_revoke_everyone", {"message": web_message(), "revokedMsg": {}}))),
    (Kind.WAHA, orjson.loads(waha("message", waha_message()))),
    (Kind.WAHA, orjson.loads(waha("session.status", {"status": "WORKING"}, me={"id": "1@c.us"}))),
    (Kind.WAHA, orjson.loads(waha("message.revoked", {"after": {}, "before": {}}))),
    (Kind.EVOLUTION, orjson.loads(evolution("messages.upsert", baileys_message()))),
    (Kind.EVOLUTION, orjson.loads(evolution("messages.update", {"keyId": "a", "status": "READ"}))),
    (Kind.EVOLUTION, orjson.loads(evolution("messages.edited", {"key": {"id": "a"}, "editedMessage": {}}))),
    (Kind.WPPCONNECT, orjson.loads(wppconnect("onmessage", **flat_message()))),
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload that can hold something else."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


@given(st.sampled_from(VALID).flatmap(lambda one: st.tuples(st.just(one), st.sampled_from(places(one[1])[1:]))), JSON)
def test_whatever_stands_in_any_place_nothing_raises(drawn: Any, other: Any) -> None:
    (kind, payload), place = drawn
    changed = copy.deepcopy(payload)
    parent = changed
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = other
    for item in split(kind, body_of(changed)):
        assert item.key
        repr(item)


@given(st.sampled_from(list(Kind)), st.binary(max_size=200) | JSON.map(body_of))
def test_any_bytes_at_all_are_items(kind: Kind, body: bytes) -> None:
    assert len(split(kind, body)) >= 0


@pytest.mark.parametrize("kind", Kind)
def test_json_nested_too_deeply_to_be_written_again_is_read(kind: Kind) -> None:
    body = b'{"event":"brand_new","payload":{"a":' + b"[" * 500 + b"]" * 500 + b"}}"
    assert [type(item) for item in split(kind, body)] == [Unhandled]


def test_halves_of_surrogate_pairs_and_nul_are_storable_afterwards() -> None:
    body = b'{"event":"message","data":{"message":{"id":"a","from":"18095550199@c.us","body":"\\ud83d \\u0000"}}}'
    item = only(Kind.FOUNDING, body)
    assert "\x00" not in orjson.dumps(item.raw).decode()
