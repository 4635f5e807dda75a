"""How tenants run their conversations: words, business hours, rules."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from messaging.auto_reply import AutoReplyRule
from messaging.business_hours import BusinessHours, parse_business_hours
from messaging.consent import Words

DEFAULT_LANGUAGES = ("es", "en")


@dataclass(slots=True, frozen=True)
class ConversationRules:
    """What ingest asks of a tenant's settings."""

    words: Words
    stop_confirmation: str | None = None
    start_confirmation: str | None = None
    hours: BusinessHours | None = None
    rules: tuple[AutoReplyRule, ...] = ()
    answers: dict[UUID, str] = field(default_factory=dict)
    """Rule → text."""


_SETTINGS = text("""
SELECT tenant_id, languages, stop_words, start_words, stop_confirmation, start_confirmation, time_zone, business_hours
FROM conversation_settings WHERE tenant_id = ANY(:tenant_ids)
""")
_RULES = text("""
SELECT id, tenant_id, position, match, pattern, answer, once_per_seconds, during, is_active FROM auto_reply_rules
WHERE tenant_id = ANY(:tenant_ids) AND is_active ORDER BY tenant_id, position, id
""")


def rules_of(connection: Connection, tenant_ids: Collection[UUID]) -> dict[UUID, ConversationRules]:
    """Return the settings and active rules of tenants, the defaults for those that never set any; two statements."""
    wanted = {"tenant_ids": sorted(tenant_ids)}
    settings = {row.tenant_id: row for row in connection.execute(_SETTINGS, wanted)}
    rules: dict[UUID, list[Any]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in connection.execute(_RULES, wanted):
        rules[row.tenant_id].append(row)
    return {tenant_id: _conversation_rules(settings.get(tenant_id), rules[tenant_id]) for tenant_id in tenant_ids}


def _conversation_rules(row: Any | None, rules: list[Any]) -> ConversationRules:
    made = tuple(rule_of(rule) for rule in rules)
    answers = {rule.id: rule.answer for rule in rules}
    if row is None:
        return ConversationRules(Words(DEFAULT_LANGUAGES), rules=made, answers=answers)
    return ConversationRules(
        words=Words(row.languages, row.stop_words, row.start_words),
        stop_confirmation=row.stop_confirmation,
        start_confirmation=row.start_confirmation,
        hours=hours_of(row.time_zone, row.business_hours),
        rules=made,
        answers=answers,
    )


def hours_of(time_zone: str | None, days: dict[str, Any] | None) -> BusinessHours | None:
    """Return stored business hours; None: always."""
    return parse_business_hours(time_zone or "UTC", days) if days is not None else None


def rule_of(row: Any) -> AutoReplyRule:
    """Return the rule of a row of auto_reply_rules."""
    return AutoReplyRule(
        id=row.id,
        position=row.position,
        match=row.match,
        pattern=row.pattern,
        once_per=timedelta(seconds=row.once_per_seconds),
        during=row.during,
        is_active=row.is_active,
    )


_SHOW = text("""
SELECT languages, stop_words, start_words, stop_confirmation, start_confirmation, time_zone, business_hours,
    messages_days, media_days, events_days
FROM conversation_settings WHERE tenant_id = :tenant_id
""")
_PUT = text("""
INSERT INTO conversation_settings AS s (tenant_id, languages, stop_words, start_words, stop_confirmation,
    start_confirmation, time_zone, business_hours)
VALUES (:tenant_id, :languages, :stop_words, :start_words, :stop_confirmation, :start_confirmation, :time_zone,
    CAST(:business_hours AS jsonb))
ON CONFLICT (tenant_id) DO UPDATE SET languages = EXCLUDED.languages, stop_words = EXCLUDED.stop_words,
    start_words = EXCLUDED.start_words, stop_confirmation = EXCLUDED.stop_confirmation,
    start_confirmation = EXCLUDED.start_confirmation, time_zone = EXCLUDED.time_zone,
    business_hours = EXCLUDED.business_hours, updated_at = now()
""")


def find(connection: Connection, tenant_id: UUID) -> Row[Any] | None:
    """Return a tenant's settings, None when it never set any."""
    return connection.execute(_SHOW, {"tenant_id": tenant_id}).first()


def put(connection: Connection, tenant_id: UUID, values: dict[str, Any]) -> None:
    """Store a tenant's settings, all of them but how long things are kept (db.queries.retention)."""
    hours = values["business_hours"]
    as_json = None if hours is None else orjson.dumps(hours).decode()
    connection.execute(_PUT, {**values, "tenant_id": tenant_id, "business_hours": as_json})
