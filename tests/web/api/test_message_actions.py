"""POST /v1/messages/{id}/cancel and …/resend."""

import pytest
from sqlalchemy import Engine

from tests.web.api.requests import TEXT
from tests.web.api.world import Caller, change, count


def test_a_waiting_message_is_cancelled_once(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    cancelled = caller.post(f"/v1/messages/{message_id}/cancel")
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    assert [step["status"] for step in cancelled.json["timeline"]] == ["queued", "cancelled"]
    assert count(engine, "outbox") == 0
    again = caller.post(f"/v1/messages/{message_id}/cancel")
    assert (again.status_code, again.json["code"]) == (409, "not_waiting")


def test_what_a_worker_sends_is_not_cancelled(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "UPDATE outbox SET state = 'claimed'")
    change(engine, "UPDATE messages SET status = 'sending'")
    assert caller.post(f"/v1/messages/{message_id}/cancel").status_code == 409
    assert caller.get(f"/v1/messages/{message_id}").json["status"] == "sending"


@pytest.mark.parametrize("status", ["failed", "unknown"])
def test_a_failed_or_unknown_message_is_sent_again(caller: Caller, engine: Engine, status: str) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "DELETE FROM outbox")
    change(engine, "UPDATE messages SET status = :status, attempt = 1", status=status)
    change(
        engine,
        "INSERT INTO attempts (message_id, number, tenant_id, outcome) SELECT id, 1, tenant_id, 'failed' FROM messages",
    )
    answer = caller.post(f"/v1/messages/{message_id}/resend")
    assert (answer.status_code, answer.json["status"], len(answer.json["attempts"])) == (202, "queued", 1)
    assert count(engine, "outbox") == 1
    again = caller.post(f"/v1/messages/{message_id}/resend")
    assert (again.status_code, again.json["code"]) == (409, "not_failed")


def test_a_message_whose_content_is_gone_is_not_sent_again_and_the_answer_says_why(
    caller: Caller, engine: Engine
) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "DELETE FROM outbox")
    gone = "text = NULL, content = '{}', cleared_at = now()"
    change(engine, f"UPDATE messages SET status = 'failed', failed_at = now(), {gone}")
    answer = caller.post(f"/v1/messages/{message_id}/resend")
    assert (answer.status_code, answer.json["code"]) == (409, "content_deleted")
    assert caller.get(f"/v1/messages/{message_id}").json["status"] == "failed"


@pytest.mark.parametrize("action", ["cancel", "resend"])
def test_an_action_on_nothing_is_404(caller: Caller, action: str) -> None:
    assert caller.post(f"/v1/messages/01a1fbd3-125a-7773-9696-91b050502188/{action}").status_code == 404
