"""Automatic answers by API with a trial (S0.28), texts at hand, and how conversations are run."""

from typing import Any

import pytest
from sqlalchemy import Engine

from db.queries import conversation_settings
from tests.web.api.world import Business, Caller, rows
from web.api.conversation_examples import RULE_WANTED, SETTINGS


def test_rules_are_added_changed_listed_in_their_order_and_removed(caller: Caller) -> None:
    first = caller.post("/v1/rules", RULE_WANTED)
    assert first.status_code == 201
    second = caller.post("/v1/rules", {**RULE_WANTED, "name": "Precio", "pattern": "precio"}).json
    assert (first.json["position"], second["position"]) == (1, 2)
    changed = caller.call("PUT", f"/v1/rules/{second['id']}", {**RULE_WANTED, "name": "Precio", "position": 0}).json
    assert (changed["position"], changed["pattern"]) == (0, "horario")
    assert [one["name"] for one in caller.get("/v1/rules").json["data"]] == ["Precio", "Horario"]
    assert caller.delete(f"/v1/rules/{second['id']}").status_code == 204
    assert caller.delete(f"/v1/rules/{second['id']}").json["code"] == "rule_not_found"
    assert [one["name"] for one in caller.get("/v1/rules").json["data"]] == ["Horario"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"match": "regex", "pattern": "("}, "/pattern"),
        ({"match": "regex", "pattern": "(((a{1000}){1000}){1000})"}, "/pattern"),
        ({"pattern": " "}, "/pattern"),
        ({"match": "similar"}, "/match"),
        ({"once_per_seconds": -1}, "/once_per_seconds"),
        ({"answer": ""}, "/answer"),
        ({"during": "never"}, "/during"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_place(caller: Caller, wrong: dict[str, Any], pointer: str) -> None:
    answer = caller.post("/v1/rules", {**RULE_WANTED, **wrong})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert caller.get("/v1/rules").json["data"] == []


def test_a_trial_tells_which_rule_answers_and_why_the_others_do_not(caller: Caller, engine: Engine) -> None:
    silent = caller.post("/v1/rules", {**RULE_WANTED, "name": "Off", "is_active": False}).json["id"]
    answering = caller.post("/v1/rules", RULE_WANTED).json["id"]
    trial = caller.post("/v1/rules/try", {"text": "¿Su HORARIO?"}).json
    assert (trial["answered_by"], trial["answer"], trial["word"]) == (answering, RULE_WANTED["answer"], None)
    assert [(one["rule_id"], one["fires"], one["reason"]) for one in trial["verdicts"]] == [
        (silent, False, "the rule is switched off"),
        (answering, True, "it answers"),
    ]
    assert caller.post("/v1/rules/try", {"text": "gracias"}).json["answered_by"] is None
    assert rows(engine, "SELECT rule_id FROM auto_replies") == []


def test_a_trial_knows_the_words_of_consent(caller: Caller) -> None:
    caller.post("/v1/rules", {**RULE_WANTED, "match": "regex", "pattern": ".*"})
    trial = caller.post("/v1/rules/try", {"text": "¡Baja!"}).json
    assert (trial["word"], trial["answered_by"]) == ("stop", None)


def test_rules_and_texts_belong_to_their_tenant(caller: Caller, other_caller: Caller) -> None:
    rule = caller.post("/v1/rules", RULE_WANTED).json["id"]
    canned = caller.post("/v1/canned-responses", {"shortcut": "hola", "text": "Hola"}).json["id"]
    assert other_caller.get("/v1/rules").json["data"] == other_caller.get("/v1/canned-responses").json["data"] == []
    assert other_caller.delete(f"/v1/rules/{rule}").status_code == 404
    assert other_caller.call("PUT", f"/v1/rules/{rule}", RULE_WANTED).status_code == 404
    assert other_caller.delete(f"/v1/canned-responses/{canned}").status_code == 404


def test_a_text_at_hand_is_stored_under_its_shortcut_replaced_and_removed(caller: Caller) -> None:
    first = caller.post("/v1/canned-responses", {"shortcut": "gracias", "text": "Gracias."})
    again = caller.post("/v1/canned-responses", {"shortcut": "gracias", "text": "Muchas gracias."}).json
    assert (first.status_code, first.json["id"]) == (201, again["id"])
    assert [one["text"] for one in caller.get("/v1/canned-responses").json["data"]] == ["Muchas gracias."]
    assert caller.delete(f"/v1/canned-responses/{again['id']}").status_code == 204
    assert caller.get("/v1/canned-responses").json["data"] == []
    assert caller.post("/v1/canned-responses", {"shortcut": "Dos palabras", "text": "x"}).status_code == 422


def test_settings_are_what_ingest_reads(caller: Caller, engine: Engine, business: Business) -> None:
    assert caller.get("/v1/conversation-settings").json["languages"] == ["es", "en"]
    assert caller.call("PUT", "/v1/conversation-settings", SETTINGS).json == SETTINGS
    assert caller.get("/v1/conversation-settings").json == SETTINGS
    with engine.begin() as connection:
        rules = conversation_settings.rules_of(connection, [business.tenant_id])[business.tenant_id]
    assert rules.words.act_of("No más") == "stop"
    assert rules.stop_confirmation == SETTINGS["stop_confirmation"]
    assert rules.hours is not None
    [line] = rows(engine, "SELECT action FROM audit_log WHERE action LIKE 'conversations%'")
    assert line.action == "conversations.settings_changed"


def test_how_long_things_are_kept_is_written_down_when_it_changes(caller: Caller, engine: Engine) -> None:
    for days in (30, 30, 60):
        caller.call("PUT", "/v1/conversation-settings", {"messages_days": days, "events_days": 8})
    told = [row.details for row in rows(engine, "SELECT details FROM audit_log WHERE action = 'retention.changed'")]
    assert [one["days"]["messages"] for one in told] == [30, 60]
    assert told[1]["before"] == {"messages": 30, "media": None, "events": 8}


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"business_hours": {"time_zone": "Mars/X", "days": {}}}, "/business_hours/zone"),
        ({"business_hours": {"time_zone": "UTC", "days": {"lunes": []}}}, "/business_hours/days"),
        ({"stop_words": [""]}, "/stop_words/0"),
        ({"media_days": 0}, "/media_days"),
        ({"messages_days": 36_501}, "/messages_days"),
    ],
)
def test_settings_that_cannot_work_are_refused(caller: Caller, wrong: dict[str, Any], pointer: str) -> None:
    answer = caller.call("PUT", "/v1/conversation-settings", wrong)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
