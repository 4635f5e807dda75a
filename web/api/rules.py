"""/v1/rules: automatic answers, and what they would say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.queries import auto_reply_rules, conversation_settings
from messaging import auto_reply
from messaging.auto_reply import Incoming
from web.api import conversation_examples as examples
from web.api.answers import created, json_answer, moment
from web.api.auth import current_tenant, protect
from web.api.message_lookup import as_id
from web.api.problems import Problem
from web.api.schemas.contacts import RuleList, RuleShown, RuleWanted, Trial, TrialWanted
from web.api.services import services

COLLECTION = "/v1/rules"

blueprint = APIBlueprint("rules", __name__, tag="Automatic answers", url_prefix=COLLECTION)
protect(blueprint)


@blueprint.get("")
@blueprint.output(RuleList, example={"data": [examples.RULE], "next": None})
@blueprint.doc(operation_id="listRules")
def list_rules() -> Response:
    """List rules in the order in which they are asked"""
    with services().database.connect() as connection:
        rows = auto_reply_rules.list_all(connection, current_tenant())
    return json_answer({"data": [_shown(row) for row in rows], "next": None})


@blueprint.post("")
@blueprint.input(RuleWanted, example=examples.RULE_WANTED)
@blueprint.output(RuleShown, 201, example=examples.RULE)
@blueprint.doc(operation_id="addRule")
def add_rule(json_data: RuleWanted) -> Response:
    """Add a rule; it answers within some seconds from now"""
    with services().database.transaction() as connection:
        row = auto_reply_rules.add(connection, current_tenant(), json_data.model_dump())
    return created(_shown(row), COLLECTION, str(row.id))


@blueprint.put("/<rule_id>")
@blueprint.input(RuleWanted, example=examples.RULE_WANTED)
@blueprint.output(RuleShown, example=examples.RULE)
@blueprint.doc(operation_id="replaceRule")
def replace_rule(rule_id: str, json_data: RuleWanted) -> Response:
    """Change a rule"""
    with services().database.transaction() as connection:
        row = auto_reply_rules.replace(connection, current_tenant(), _id(rule_id), json_data.model_dump())
    if row is None:
        raise _not_found()
    return json_answer(_shown(row))


@blueprint.delete("/<rule_id>")
@blueprint.output({}, 204, description="It answers no more.")
@blueprint.doc(operation_id="removeRule")
def remove_rule(rule_id: str) -> Response:
    """Remove a rule"""
    with services().database.transaction() as connection:
        if not auto_reply_rules.remove(connection, current_tenant(), _id(rule_id)):
            raise _not_found()
    return Response(status=204)


@blueprint.post("/try")
@blueprint.input(TrialWanted, example={"text": "¿Cuál es su horario?"})
@blueprint.output(Trial, example=examples.TRIAL)
@blueprint.doc(operation_id="tryRules")
def try_rules(json_data: TrialWanted) -> Response:
    """Tell which rule would answer a text now, and why the others would not

    Nothing is sent, and no rule counts as having answered.
    """
    return json_answer(trial(current_tenant(), json_data.text))


def trial(tenant_id: UUID, words: str) -> dict[str, Any]:
    """Return which rule would answer a text now, and what each rule says to it."""
    with services().database.connect() as connection:
        rows = {row.id: row for row in auto_reply_rules.list_all(connection, tenant_id)}
        settings = conversation_settings.rules_of(connection, [tenant_id])[tenant_id]
    now = datetime.now(UTC)
    incoming = Incoming(type="text", text=words, at=now, window_closes_at=now + timedelta(hours=24))
    rules = auto_reply.in_order([conversation_settings.rule_of(row) for row in rows.values()])
    verdicts = [auto_reply.judge(rule, incoming, now=now, answered_at={}, hours=settings.hours) for rule in rules]
    word = settings.words.act_of(words)
    answering = None if word else next((one.rule_id for one in verdicts if one.fires), None)
    return {
        "answered_by": str(answering) if answering else None,
        "answer": rows[answering].answer if answering else None,
        "word": word,
        "verdicts": [
            {"rule_id": str(one.rule_id), "name": rows[one.rule_id].name, "fires": one.fires, "reason": one.reason}
            for one in verdicts
        ],
    }


def _id(given: str) -> UUID:
    rule_id = as_id(given)
    if rule_id is None:
        raise _not_found()
    return rule_id


def _not_found() -> Problem:
    return Problem(404, "rule_not_found", "There is no such rule.")


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "match": row.match,
        "pattern": row.pattern,
        "answer": row.answer,
        "once_per_seconds": row.once_per_seconds,
        "during": row.during,
        "is_active": row.is_active,
        "position": row.position,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }
