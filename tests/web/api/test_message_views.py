"""GET /v1/messages: the list, and one message with its timeline."""

from sqlalchemy import Engine

from tests.web.api.requests import OTHER_PHONE, TEMPLATE, TEXT
from tests.web.api.world import Caller, change, pointers


def test_a_list_is_newest_first_and_paged_by_cursor(caller: Caller) -> None:
    made = [caller.post("/v1/messages", TEXT).json["id"] for _ in range(5)]
    assert caller.ids_on_pages("/v1/messages", 2) == made[::-1]


def test_every_filter_filters(caller: Caller, engine: Engine) -> None:
    first = caller.post("/v1/messages", {**TEXT, "client_reference": "A"}).json
    second = caller.post("/v1/messages", {**TEXT, "to": OTHER_PHONE, "client_reference": "B"}).json
    third = caller.post("/v1/messages", {**TEMPLATE, "to": "US.abc1"}).json
    change(engine, "UPDATE messages SET status = 'failed', failed_at = now() WHERE id = :id", id=second["id"])
    change(engine, "UPDATE messages SET direction = 'inbound', status = 'delivered' WHERE id = :id", id=third["id"])

    def ids(query: str) -> list[str]:
        return [message["id"] for message in caller.get(f"/v1/messages?{query}").json["data"]]

    assert ids("status=queued") == [first["id"]]
    assert ids("status=failed") == [second["id"]]
    assert ids("status=delivered") == [third["id"]]
    assert ids("status=read") == []
    assert ids("direction=inbound") == [third["id"]]
    assert ids("direction=outbound") == [second["id"], first["id"]]
    assert ids("client_reference=B") == [second["id"]]
    assert ids(f"to=%2B{OTHER_PHONE[1:]}") == [second["id"]]
    assert ids("to=US.abc1&direction=inbound") == [third["id"]]
    assert ids("to=US.abc1") == []
    assert (
        ids(f"since={second['created_at']}") == [third["id"], second["id"]]
        or len(ids("since=2020-01-01T00:00:00Z")) == 3
    )
    assert ids("since=2090-01-01T00:00:00Z") == []


WRONG_QUERIES = {
    "limit=0": "/limit",
    "limit=201": "/limit",
    "limit=x": "/limit",
    "cursor=x": "/cursor",
    "status=gone": "/status",
    "direction=up": "/direction",
    "since=yesterday": "/since",
    "since=0": "/since",
    "since=2026-01-01T00:00:00": "/since",
    "to=12": "/to",
    "stauts=failed": "/stauts",
}


def test_a_wrong_query_is_refused(caller: Caller) -> None:
    for query, at in WRONG_QUERIES.items():
        answer = caller.get(f"/v1/messages?{query}")
        assert (answer.status_code, pointers(answer)) == (422, [at]), query


def test_a_message_is_found_by_wamid(caller: Caller, engine: Engine) -> None:
    posted = caller.post("/v1/messages", TEXT).json
    wamid = "wamid.HBgLMTgwOTU1NT/a+b=="
    change(engine, "UPDATE messages SET wamid = :wamid", wamid=wamid)
    assert caller.get(f"/v1/messages/{wamid.replace('+', '%2B')}").json["id"] == posted["id"]


def test_an_unknown_message_is_404(caller: Caller) -> None:
    for reference in ("nothing", "wamid.x", "01a1fbd3-125a-7773-9696-91b050502188", "%00", "a/b/c"):
        answer = caller.get(f"/v1/messages/{reference}")
        assert (answer.status_code, answer.json["code"]) == (404, "message_not_found"), reference


def test_the_timeline_tells_each_status_once_in_order_with_its_source(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(
        engine,
        """
        UPDATE messages SET status = 'read', wamid = 'wamid.1', attempt = 2,
            created_at = '2026-11-20 14:00:00+00', accepted_at = '2026-11-20 14:00:05.4+00',
            sent_at = '2026-11-20 14:00:05+00', delivered_at = '2026-11-20 14:00:05+00', read_at = '2026-11-20 14:01+00'
        """,
    )
    change(
        engine,
        """
        INSERT INTO attempts (message_id, number, tenant_id, started_at, ended_at, outcome, error_title)
        SELECT id, 1, tenant_id, created_at + interval '1s', created_at + interval '2s', 'unknown', 'No answer' FROM messages
        UNION ALL
        SELECT id, 2, tenant_id, created_at + interval '4s', created_at + interval '5s', 'accepted', NULL FROM messages
        """,
    )
    shown = caller.get(f"/v1/messages/{message_id}").json
    assert [(step["status"], step["source"]) for step in shown["timeline"]] == [
        ("queued", "api"),
        ("unknown", "worker"),
        ("accepted", "worker"),
        ("sent", "meta"),
        ("delivered", "meta"),
        ("read", "meta"),
    ]
    assert shown["timeline"][-1]["at"] == "2026-11-20T14:01:00.000000Z"
    assert [(attempt["number"], attempt["outcome"]) for attempt in shown["attempts"]] == [
        (1, "unknown"),
        (2, "accepted"),
    ]
    assert shown["attempts"][0]["error"]["title"] == "No answer"


def test_a_failure_comes_with_advice(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(
        engine,
        """
        UPDATE messages SET status = 'failed', failed_at = now(), error_code = 131026, error_title = 'Undeliverable',
            error_detail = 'unable to deliver'
        """,
    )
    error = caller.get(f"/v1/messages/{message_id}").json["error"]
    assert (error["code"], error["title"], error["detail"]) == (131026, "Undeliverable", "unable to deliver")
    assert error["advice"]


def test_who_is_told_that_a_message_failed_for_good_is_not_told_to_wait(caller: Caller, engine: Engine) -> None:
    message_id = caller.post("/v1/messages", TEXT).json["id"]
    change(engine, "UPDATE messages SET status = 'queued', error_code = 131016, error_title = 'Service unavailable'")
    assert "by itself" in caller.get(f"/v1/messages/{message_id}").json["error"]["advice"]
    change(engine, "UPDATE messages SET status = 'failed', failed_at = now()")
    assert "sent again" in caller.get(f"/v1/messages/{message_id}").json["error"]["advice"]
