"""What Meta's answers mean: yes, no, or nothing that anybody can know (reference 6, 9, 10)."""

from typing import Any

import pytest

from tests.whatsapp.graph_calls import PHONE, SENT, client_for, failure_of, send
from tests.whatsapp.graph_server import Answer, html_answer, json_answer, raw_answer, serving
from whatsapp.errors import Verdict
from whatsapp.graph import OutcomeUnknown, Refused
from whatsapp.outgoing import text_message


@pytest.mark.parametrize("status", ["accepted", "held_for_quality_assessment", "paused"])
def test_the_pacing_of_a_template_is_told(status: str) -> None:
    with serving(json_answer(200, {**SENT, "messages": [{"id": "wamid.OUT1", "message_status": status}]})) as server:
        assert send(client_for(server.url)).message_status == status


def test_a_send_to_a_bsuid_is_answered_with_it() -> None:
    contacts = [{"input": "DO.7F3kQ9ab41", "user_id": "DO.7F3kQ9ab41"}]
    with serving(json_answer(200, {**SENT, "contacts": contacts})) as server:
        answer = client_for(server.url).send_message("1", text_message(None, "x", recipient="DO.7F3kQ9ab41"))
    assert (answer.wa_id, answer.bsuid) == (None, "DO.7F3kQ9ab41")


@pytest.mark.parametrize("contacts", [None, [], [None], {}])
def test_a_wamid_is_enough(contacts: Any) -> None:
    with serving(json_answer(200, {**SENT, "contacts": contacts})) as server:
        assert send(client_for(server.url)).wamid == "wamid.OUT1"


ERROR = {
    "message": f"(#131030) Recipient phone number not in allowed list {PHONE}",
    "type": "OAuthException",
    "code": 131030,
    "error_data": {"messaging_product": "whatsapp", "details": f"{PHONE} is not in the list"},
    "error_subcode": 2494010,
    "is_transient": False,
    "error_user_title": "Title",
    "error_user_msg": f"Add {PHONE}",
    "fbtrace_id": "AbC123",
}


def test_a_refusal_tells_everything_meta_said_but_not_in_its_text() -> None:
    refused = failure_of(json_answer(400, {"error": ERROR}))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.subcode, refused.http_status) == (131030, 2494010, 400)
    assert (refused.title, refused.details) == (ERROR["message"], f"{PHONE} is not in the list")
    assert (refused.user_message, refused.fbtrace_id, refused.is_transient) == (f"Add {PHONE}", "AbC123", False)
    assert refused.rule.verdict is Verdict.CONFIG
    assert "131030" in str(refused)
    assert "AbC123" in str(refused)


@pytest.mark.parametrize(
    ("status", "error", "verdict"),
    [
        (400, {"code": 131056}, Verdict.RETRY_LATER),
        (401, {"code": 190, "error_subcode": 463}, Verdict.CONFIG),
        (404, {"code": 132001}, Verdict.CONFIG),
        (400, {"code": 132000}, Verdict.PERMANENT),
        (400, {"code": 131026, "error_data": "plain text"}, Verdict.RECIPIENT),
        (500, {"code": 3}, Verdict.CONFIG),
        (500, {"code": 131045}, Verdict.CONFIG),
        (500, {"code": 131016}, Verdict.RETRY),
        (503, {"code": 2, "is_transient": True}, Verdict.RETRY),
        (400, {"code": 424242, "is_transient": True}, Verdict.RETRY),
        (400, {"code": 424242}, Verdict.PERMANENT),
        (400, {}, Verdict.PERMANENT),
        (429, {"code": 100}, Verdict.RETRY_LATER),
    ],
)
def test_a_graph_error_is_a_refusal_under_any_http_status(status: int, error: Any, verdict: Verdict) -> None:
    refused = failure_of(json_answer(status, {"error": error}))
    assert isinstance(refused, Refused)
    assert (refused.http_status, refused.code, refused.rule.verdict) == (status, error.get("code"), verdict)


def test_error_data_as_plain_text_is_the_details() -> None:
    refused = failure_of(json_answer(400, {"error": {"code": 100, "error_data": "plain text"}}))
    assert isinstance(refused, Refused)
    assert refused.details == "plain text"


def test_a_131000_answer_may_have_sent_the_message() -> None:
    refused = failure_of(json_answer(500, {"error": {"code": 131000}}))
    assert isinstance(refused, Refused)
    assert refused.rule.uncertain


def test_429_from_whatever_stands_before_the_graph_api_is_a_rate_limit() -> None:
    refused = failure_of(html_answer(429))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule.verdict) == (None, Verdict.RETRY_LATER)


@pytest.mark.parametrize(
    ("answer", "reason", "http_status"),
    [
        pytest.param(html_answer(500), "server_error", 500, id="500 html"),
        pytest.param(html_answer(502), "server_error", 502, id="502 html"),
        pytest.param(html_answer(503), "server_error", 503, id="503 html"),
        pytest.param(json_answer(504, {"message": "timeout"}), "server_error", 504, id="504 other json"),
        pytest.param(json_answer(500, {"error": "x"}), "server_error", 500, id="500 error as text"),
        pytest.param(html_answer(200), "not_json", 200, id="200 html"),
        pytest.param(raw_answer(200, b""), "not_json", 200, id="200 empty"),
        pytest.param(raw_answer(200, b'{"messages": [{"id": "wam'), "not_json", 200, id="200 cut json"),
        pytest.param(json_answer(200, [SENT]), "not_json", 200, id="200 list"),
        pytest.param(html_answer(400), "not_json", 400, id="400 html"),
        pytest.param(json_answer(404, {"detail": "?"}), "unexpected_answer", 404, id="404 other json"),
        pytest.param(json_answer(200, {}), "no_message_id", 200, id="200 empty object"),
        pytest.param(json_answer(200, {"messages": []}), "no_message_id", 200, id="200 no messages"),
        pytest.param(json_answer(200, {"messages": [{"id": 5}]}), "no_message_id", 200, id="200 id no text"),
        pytest.param(json_answer(200, {**SENT, "error": {"code": 1}}), "error_in_success", 200, id="200 error"),
        pytest.param(raw_answer(307, b"{}", Location="/elsewhere"), "unexpected_answer", 307, id="redirect"),
    ],
)
def test_an_answer_that_says_neither_yes_nor_no_leaves_the_outcome_unknown(
    answer: Answer, reason: str, http_status: int
) -> None:
    failure = failure_of(answer)
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.http_status) == (reason, http_status)
