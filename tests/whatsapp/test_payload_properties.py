"""Whatever arrives: nothing raises, no good item is lost, every item can be replayed alone."""

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatsapp.payloads import (
    OTHER_PHONE_NUMBER_ID,
    body_of,
    change_of,
    contact_of,
    message_of,
    payload_of,
    status_of,
    value_of,
)
from tests.whatsapp.test_fields import LIST_ITEMS, WHOLE_VALUES
from tests.whatsapp.test_inbound import TYPES
from whatsapp.payload import InboundMessage, Receipt, Unhandled, envelope_of, split

ON_A_BUSY_MACHINE = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])

WORDS = st.sampled_from(
    [
        *("messages", "statuses", "errors", "contacts", "calls", "history", "metadata", "phone_number_id", "field"),
        *("value", "changes", "id", "type", "timestamp", "from", "text", "edit", "interactive", "1763700000"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    WORDS,
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text("abc", max_size=3), inner, max_size=5),
    max_leaves=12,
)


def _samples() -> list[Any]:
    inbound = [{**message_of(kind, id="wamid.T"), **content} for kind, content, _ in TYPES]
    return [
        payload_of(change_of("messages", value_of(contacts=[contact_of()], messages=inbound, statuses=[status_of()]))),
        payload_of(
            change_of(
                "messages",
                value_of(
                    messages=[message_of("interactive"), message_of()],
                    statuses=[status_of("failed", errors=[{"code": 131026, "error_data": {"details": "x"}}])],
                    errors=[{"code": 131000}],
                ),
            ),
            change_of("messages", value_of(OTHER_PHONE_NUMBER_ID, statuses=[status_of(recipient_type="group")])),
        ),
        *(payload_of(change_of(field, value), time=1) for field, value, _ in WHOLE_VALUES),
        *(payload_of(change_of(field, value_of(**{name: [part]}))) for field, name, part, *_ in LIST_ITEMS),
    ]


SAMPLES = _samples()


@st.composite
def mutated_payloads(draw: st.DrawFn) -> Any:
    """A valid payload in which something was replaced, removed, doubled or added, up to four times."""
    payload = orjson.loads(orjson.dumps(draw(st.sampled_from(SAMPLES))))
    for _ in range(draw(st.integers(1, 4))):
        _mutate(payload, draw)
    return payload


def _mutate(node: Any, draw: st.DrawFn) -> None:
    while True:
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))) if node else None
        if key is None or not isinstance(node[key], dict | list) or not node[key] or draw(st.integers(0, 5)) == 0:
            break
        node = node[key]
    what = draw(st.sampled_from(["replace", "remove", "double", "add"]))
    if isinstance(node, dict) and (key is None or what in {"add", "double"}):
        node[draw(WORDS)] = draw(ANY_JSON)
    elif isinstance(node, list) and (key is None or what in {"add", "double"}):
        node.append(draw(ANY_JSON) if key is None or what == "add" else node[key])
    elif what == "remove":
        del node[key]
    else:
        node[key] = draw(ANY_JSON)


def replays_to_itself(item: Any) -> bool:
    envelope = envelope_of(item)
    again = split(orjson.dumps(envelope))
    return again == [item] and envelope_of(again[0]) == envelope


@ON_A_BUSY_MACHINE
@given(st.binary(max_size=300))
def test_split_never_raises_on_arbitrary_bytes(body: bytes) -> None:
    assert isinstance(split(body), list)


@ON_A_BUSY_MACHINE
@given(st.sampled_from(SAMPLES), st.data())
def test_split_never_raises_on_a_body_with_spoilt_bytes(payload: Any, data: st.DataObject) -> None:
    body = bytearray(body_of(payload))
    for _ in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(body) - 1))
        body[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=6))
    assert isinstance(split(bytes(body)), list)


@ON_A_BUSY_MACHINE
@given(ANY_JSON)
def test_split_never_raises_on_arbitrary_json(payload: Any) -> None:
    for value in (payload, {"object": "whatsapp_business_account", "entry": payload}):
        assert isinstance(split(orjson.dumps(value)), list)


@ON_A_BUSY_MACHINE
@given(mutated_payloads())
def test_every_item_of_a_mutated_payload_splits_again_to_itself(payload: Any) -> None:
    for item in split(orjson.dumps(payload)):
        if not (isinstance(item, Unhandled) and item.reason == "not_json"):
            assert replays_to_itself(item)


@ON_A_BUSY_MACHINE
@given(ANY_JSON, st.sampled_from(["messages", "calls", "history", "account_update", "user_preferences", "new"]))
def test_every_item_of_an_arbitrary_value_splits_again_to_itself(part: Any, field: str) -> None:
    lists = (
        {"messages": part},
        {"statuses": [part]},
        {"errors": part, "messages": [message_of("interactive")]},
    )
    for value in (*lists, {"calls": [part], "contacts": part}, {"metadata": part, "statuses": [status_of()]}):
        for item in split(body_of(payload_of(change_of(field, {**value_of(), **value})))):
            assert replays_to_itself(item)


def test_every_sample_item_splits_again_to_itself() -> None:
    assert all(replays_to_itself(item) for payload in SAMPLES for item in split(body_of(payload)))


@ON_A_BUSY_MACHINE
@given(st.lists(ANY_JSON, min_size=1, max_size=4), st.lists(st.integers(0, 8), min_size=4, max_size=4))
def test_bad_items_among_good_ones_cost_none_of_them(bad: list[Any], places: list[int]) -> None:
    messages: list[Any] = [message_of(id=f"wamid.M{n}") for n in range(4)]
    statuses: list[Any] = [status_of(id=f"wamid.S{n}") for n in range(4)]
    for item, place in zip(bad, places, strict=False):
        messages.insert(place, item)
        statuses.insert(place, item)
    items = split(body_of(payload_of(change_of("messages", value_of(messages=messages, statuses=statuses)))))
    assert _wamids(items, InboundMessage, "wamid.M") == [f"wamid.M{n}" for n in range(4)]
    assert _wamids(items, Receipt, "wamid.S") == [f"wamid.S{n}" for n in range(4)]
    assert len(items) == len(messages) + len(statuses)


@ON_A_BUSY_MACHINE
@given(ANY_JSON, ANY_JSON, ANY_JSON)
def test_bad_entries_changes_and_lists_cost_no_good_item(entry: Any, change: Any, part: Any) -> None:
    good = change_of("messages", {**value_of(statuses=[status_of()]), "anything": part})
    payload = {
        "object": "whatsapp_business_account",
        "entry": [entry, {"id": "1", "changes": [change, good, change]}, entry],
    }
    assert "wamid.OUT1" in _wamids(split(orjson.dumps(payload)), Receipt, "wamid.OUT1")


def _wamids(items: list[Any], kind: type, prefix: str) -> list[str]:
    return [item.wamid for item in items if isinstance(item, kind) and item.wamid.startswith(prefix)]
