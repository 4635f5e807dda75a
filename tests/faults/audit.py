"""A history of every status that any message ever had, written by Postgres itself, and its check against the ladder.

Only the suite's own database gets the trigger. What it records no code of ours can hide: each INSERT and UPDATE of
`messages.status`, and each time stamp that was moved to a later time or taken away.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import psycopg

STAMPS: Final = ("accepted_at", "sent_at", "delivered_at", "read_at", "played_at")

_SPOILED: Final = " || ".join(
    f"CASE WHEN OLD.{stamp} IS NOT NULL AND (NEW.{stamp} IS NULL OR NEW.{stamp} > OLD.{stamp}) THEN '{stamp} ' ELSE '' END"
    for stamp in STAMPS
)
_INSTALL: Final = f"""
CREATE TABLE status_audit (
    seq bigserial PRIMARY KEY, message_id uuid NOT NULL, direction text NOT NULL, before text, after text NOT NULL,
    attempt int NOT NULL, spoiled text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION audit_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO status_audit (message_id, direction, after, attempt, spoiled)
    VALUES (NEW.id, NEW.direction, NEW.status, NEW.attempt, '');
    RETURN NULL;
END $$;
CREATE FUNCTION audit_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE spoiled_stamps text := {_SPOILED};
BEGIN
    IF OLD.status <> NEW.status OR spoiled_stamps <> '' THEN
        INSERT INTO status_audit (message_id, direction, before, after, attempt, spoiled)
        VALUES (NEW.id, NEW.direction, OLD.status, NEW.status, NEW.attempt, spoiled_stamps);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_insert AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION audit_insert();
CREATE TRIGGER audit_update AFTER UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION audit_update();
"""

LADDER: Final = ("scheduled", "queued", "sending", "unknown", "accepted", "held", "sent", "delivered", "read", "played")
"""Written down here once more: the suite must not believe the code that it checks."""
MAY_FAIL: Final = LADDER[: LADDER.index("delivered")]
MAY_BE_CANCELLED: Final = ("scheduled", "queued")
AGAIN: Final = ("sending", "unknown")
"""From these back to `queued`: after a clear no of Meta's, and when the unknown rule or a person has it sent again."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a message."""

    message_id: str
    before: str | None
    after: str
    spoiled: str


def install(connection: psycopg.Connection) -> None:
    """Add the trigger to a migrated database."""
    connection.execute(_INSTALL)


def regressions(connection: psycopg.Connection, resent: Collection[str]) -> Iterator[str]:
    """Yield a line for every change that went back.

    Args:
        connection: to the audited database.
        resent: ids of messages that a person had sent again: for these `failed` is not the end.
    """
    for step in _steps(connection):
        if not may_follow(step.before, step.after, is_resent=step.message_id in resent):
            yield f"{step.message_id}: {step.before} → {step.after}"
        elif step.spoiled:
            yield f"{step.message_id}: {step.before} → {step.after} with another {step.spoiled.strip()}"


def may_follow(before: str | None, after: str, *, is_resent: bool) -> bool:
    """Tell whether a message may go from one status to another."""
    if before is None or before == after:
        return True
    if after == "failed":
        return before in MAY_FAIL
    if after == "cancelled":
        return before in MAY_BE_CANCELLED
    if after == "queued":
        return before in (*AGAIN, "scheduled") or (before == "failed" and is_resent)
    return before in LADDER and LADDER.index(after) > LADDER.index(before)


def _steps(connection: psycopg.Connection) -> Iterator[Step]:
    rows = connection.execute("SELECT message_id::text, before, after, spoiled FROM status_audit ORDER BY seq")
    return (Step(*row) for row in rows)
