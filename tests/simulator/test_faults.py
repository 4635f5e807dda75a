"""Graph calls go wrong on demand; the ground truth tells which of them took effect all the same."""

import threading
import time
from typing import Any

import pytest
import requests

from simulator import defaults
from simulator.errors import ERRORS
from simulator.faults import KINDS
from tests.simulator.meta import CUSTOMER, Meta, template_message
from tests.simulator.receiver import Receiver

LADDER = ("sent", "delivered", "read")


def sends(meta: Meta) -> list[Any]:
    """Asked over a connection of its own."""
    return list(requests.get(meta.address + "/_sim/sends", timeout=5).json())


@pytest.mark.parametrize(("fault", "accepted"), [("lose_answer", True), ("reset_after", True), ("reset_before", False)])
def test_a_connection_ends_without_an_answer(meta: Meta, receiver: Receiver, fault: str, accepted: bool) -> None:
    meta.control("faults", fault=fault)
    with pytest.raises(requests.ConnectionError):
        meta.post_message(template_message())
    registered = sends(meta)
    assert [send["fault"] for send in registered] == ([fault] if accepted else [])
    for send in registered:
        receiver.wait_for_statuses(send["wamid"], *LADDER)
    meta.send(template_message())


def test_a_lost_answer_with_a_delay_is_a_read_timeout(meta: Meta) -> None:
    meta.control("faults", fault="lose_answer", delay_ms=60_000)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{meta.address}/v26.0/{defaults.PHONE_NUMBER_ID}/messages",
            json=template_message(),
            headers={"Authorization": f"Bearer {defaults.ACCESS_TOKEN}"},
            timeout=0.2,
        )
    assert len(sends(meta)) == 1


def test_a_slow_answer_comes_after_its_delay_but_the_send_at_once(meta: Meta) -> None:
    meta.control("faults", fault="slow", delay_ms=300)
    answers: list[requests.Response] = []
    caller = threading.Thread(target=lambda: answers.append(meta.post_message(template_message())))
    started = time.monotonic()
    caller.start()
    meta.wait(lambda: sends(meta))
    assert time.monotonic() - started < 0.3
    caller.join()
    assert time.monotonic() - started >= 0.3
    assert answers[0].json()["messages"][0]["id"] == sends(meta)[0]["wamid"]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_http_error_has_no_graph_json_and_no_effect(meta: Meta, status: int) -> None:
    meta.control("faults", fault=f"http_{status}")
    answer = meta.post_message(template_message())
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, "text/html")
    assert sends(meta) == []


def test_an_http_error_may_have_a_code_and_an_effect(meta: Meta) -> None:
    meta.control("faults", fault="http_429", code=4)
    answer = meta.post_message(template_message())
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, 4)
    meta.control("faults", fault="http_502", accepted=True)
    assert meta.post_message(template_message()).status_code == 502
    assert len(sends(meta)) == 1


@pytest.mark.parametrize("code", ERRORS)
def test_every_code_of_the_error_table_can_be_answered(meta: Meta, code: int) -> None:
    meta.control("faults", fault="error", code=code)
    answer = meta.post_message(template_message())
    error = answer.json()["error"]
    assert (error["code"], answer.status_code) == (code, ERRORS[code][0])
    assert {"message", "type", "code", "fbtrace_id"} <= error.keys()
    assert sends(meta) == []


def test_an_error_can_be_described_further(meta: Meta) -> None:
    meta.control("faults", fault="error", code=190, subcode=463, http_status=400, is_transient=True)
    answer = meta.post_message(template_message())
    error = answer.json()["error"]
    assert (answer.status_code, error["error_subcode"], error["is_transient"]) == (400, 463, True)


def test_garbage_is_200_without_valid_json(meta: Meta) -> None:
    meta.control("faults", fault="garbage")
    answer = meta.post_message(template_message())
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(sends(meta)) == 1


def test_200_can_come_without_an_id(meta: Meta) -> None:
    meta.control("faults", fault="no_id")
    answer = meta.post_message(template_message())
    assert (answer.status_code, answer.json()["messages"]) == (200, [{}])
    assert len(sends(meta)) == 1


def test_200_can_hold_an_error(meta: Meta) -> None:
    meta.control("faults", fault="error_200", code=131016)
    answer = meta.post_message(template_message())
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, 131016)
    assert len(sends(meta)) == 1


def test_an_accepted_message_can_fail_later(meta: Meta, receiver: Receiver) -> None:
    meta.control("faults", fault="fail_later", code=131049)
    [failed] = receiver.wait_for_statuses(meta.send(template_message()), "failed")
    assert failed["errors"][0]["code"] == 131049


def test_a_held_message_goes_out_and_a_paused_one_does_not(meta: Meta, receiver: Receiver) -> None:
    meta.control("faults", fault="held")
    meta.control("faults", fault="paused")
    held, paused = (meta.post_message(template_message()).json()["messages"][0] for _ in range(2))
    assert held["message_status"] == "held_for_quality_assessment"
    assert paused["message_status"] == "paused"
    receiver.wait_for_statuses(held["id"], *LADDER)
    meta.wait_until_quiet()
    assert receiver.statuses(paused["id"]) == []


def test_refused_connections_are_refused_and_come_back(meta: Meta) -> None:
    meta.control("faults", fault="refuse", next=1, code=131056, delay_ms=200)
    with pytest.raises(requests.ConnectionError, match="refused"):
        meta.post_message(template_message())

    def answered() -> bool:
        try:
            return bool(meta.post_message(template_message()).ok)
        except requests.ConnectionError:
            return False

    meta.wait(answered)
    assert len(sends(meta)) == 1


def test_refused_connections_cut_no_call_short_and_end_open_ones_with_their_next_answer(meta: Meta) -> None:
    with Meta(meta.address) as idle, Meta(meta.address) as busy:
        idle.look("stats")
        meta.control("faults", fault="slow", delay_ms=300)
        answers: list[requests.Response] = []
        caller = threading.Thread(target=lambda: answers.append(busy.post_message(template_message())))
        caller.start()
        meta.wait(lambda: meta.look("sends"))
        meta.control("faults", fault="refuse", delay_ms=500)
        assert idle.post_message(template_message()).status_code == 200
        with pytest.raises(requests.ConnectionError, match="refused"):
            idle.post_message(template_message())
        with Meta(meta.address) as late, pytest.raises(requests.ConnectionError, match="refused"):
            late.post_message(template_message())
        caller.join()
        assert answers[0].status_code == 200
        meta.wait(lambda: is_open(meta))


def is_open(meta: Meta) -> bool:
    try:
        return bool(meta.look("sends"))
    except requests.ConnectionError:
        return False


def test_faults_are_used_up_in_order_and_as_often_as_asked(meta: Meta) -> None:
    meta.control("faults", fault="error", code=131016, next=2)
    meta.control("faults", fault="http_503")
    answers = [meta.post_message(template_message()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 500, 503, 200]
    assert meta.look("stats")["faults"] == {"error": 2, "http_503": 1}


def test_a_fault_can_be_meant_for_one_recipient(meta: Meta) -> None:
    meta.control("faults", fault="error", code=131056, to=CUSTOMER)
    assert meta.post_message(template_message(to="+18095550177")).status_code == 200
    assert meta.post_message(template_message()).json()["error"]["code"] == 131056
    assert meta.post_message(template_message()).status_code == 200


def test_a_fault_can_be_meant_for_another_call(meta: Meta) -> None:
    for call in ("phone_number", "templates", "read"):
        meta.control("faults", fault="error", code=2, call=call)
    meta.send(template_message())
    wamid = meta.control("inbound", type="text")["wamid"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert meta.post_message(read).status_code == 503
    assert meta.call("GET", defaults.PHONE_NUMBER_ID).status_code == 503
    assert meta.call("GET", f"{defaults.WABA_ID}/message_templates").status_code == 503
    assert meta.look("faults")["calls"] == []


def test_a_refusal_of_its_own_is_not_hidden_by_a_fault(meta: Meta) -> None:
    meta.control("faults", fault="no_id")
    assert meta.post_message(template_message("reminder")).json()["error"]["code"] == 132001


@pytest.mark.parametrize("fault", KINDS)
def test_every_fault_takes_effect_as_its_row_says(meta: Meta, fault: str) -> None:
    meta.control("faults", fault=fault, code=131000, delay_ms=0)
    try:
        meta.post_message(template_message())
    except requests.ConnectionError:
        assert KINDS[fault].ending in {"close", "reset"}
    assert len(sends(meta)) == KINDS[fault].accepted


WRONG = {
    "an unknown fault": ({"fault": "explode"}, "lose_answer"),
    "an unknown key": ({"fault": "slow", "delay": 1}, "delay_ms"),
    "an unknown call": ({"fault": "slow", "call": "coffee"}, "messages"),
    "an unknown webhook fault": ({"webhooks": {"lose": True}}, "duplicate"),
    "an unknown status to drop": ({"webhooks": {"drop": ["seen"]}}, "delivered"),
    "an error without code": ({"fault": "error"}, None),
    "next is nothing": ({"fault": "slow", "next": 0}, None),
    "a negative delay": ({"fault": "slow", "delay_ms": -1}, None),
    "hold is no boolean": ({"webhooks": {"hold": "yes"}}, None),
    "duplicate is no count": ({"webhooks": {"duplicate": -1}}, None),
}


@pytest.mark.parametrize(("wanted", "known"), WRONG.values(), ids=WRONG)
def test_a_wrong_fault_is_refused_with_what_is_known(meta: Meta, wanted: Any, known: str | None) -> None:
    answer = meta.session.post(meta.address + "/_sim/faults", json=wanted)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert known is None or known in answer.json()["known"]
    assert meta.look("faults")["calls"] == []
