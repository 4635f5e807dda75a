"""Two contacts that proved to be one: everything of the one goes to the other. Set-based."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.bulk import record_source, rows_parameter


@dataclass(slots=True)
class Merge:
    """A contact that is gone, and who took its place."""

    tenant_id: UUID
    absorbed: UUID
    survivor: UUID


_MERGES = f"v AS (SELECT * FROM {record_source({'tenant_id': 'uuid', 'absorbed': 'uuid', 'survivor': 'uuid'})})"
_PAIRS = f"""
WITH {_MERGES}, pairs AS (
    SELECT DISTINCT ON (v.survivor, old.channel_id, old.id) old.id AS old_id, new.id AS new_id
    FROM v JOIN conversations old ON old.contact_id = v.absorbed AND old.tenant_id = v.tenant_id
    JOIN conversations new ON new.contact_id = v.survivor AND new.channel_id = old.channel_id
)
"""
"""Threads of one number with both contacts: of these, one is left."""

_STEPS = tuple(
    map(
        text,
        (
            # Of several absorbed contacts with a thread on a channel where the survivor has none, one becomes its.
            f"""
            WITH {_MERGES}, chosen AS (
                SELECT DISTINCT ON (v.survivor, c.channel_id) c.id, v.survivor
                FROM v JOIN conversations c ON c.contact_id = v.absorbed AND c.tenant_id = v.tenant_id
                WHERE NOT EXISTS (
                    SELECT FROM conversations s WHERE s.contact_id = v.survivor AND s.channel_id = c.channel_id
                )
                ORDER BY v.survivor, c.channel_id, c.id
            )
            UPDATE conversations c SET contact_id = chosen.survivor, updated_at = now() FROM chosen
            WHERE c.id = chosen.id
            """,
            f"""
            {_PAIRS} UPDATE messages m SET conversation_id = p.new_id FROM pairs p
            WHERE m.conversation_id = p.old_id
            """,
            f"""
            {_PAIRS} UPDATE conversation_notes n SET conversation_id = p.new_id FROM pairs p
            WHERE n.conversation_id = p.old_id
            """,
            f"""
            {_PAIRS}, gone AS (
                SELECT p.new_id, sum(o.unread) AS unread, max(o.window_closes_at) AS window_closes_at,
                    max(o.last_message_at) AS last_message_at, bool_or(o.state = 'open') AS is_open
                FROM pairs p JOIN conversations o ON o.id = p.old_id GROUP BY p.new_id
            )
            UPDATE conversations c SET unread = c.unread + gone.unread,
                window_closes_at = GREATEST(c.window_closes_at, gone.window_closes_at),
                last_message_at = GREATEST(c.last_message_at, gone.last_message_at),
                state = CASE WHEN gone.is_open THEN 'open' ELSE c.state END, updated_at = now()
            FROM gone WHERE c.id = gone.new_id
            """,
            f"{_PAIRS} DELETE FROM conversations c USING pairs p WHERE c.id = p.old_id",
            f"""
            WITH {_MERGES}, looked_up AS (
                INSERT INTO contact_lookups
                    (contact_id, tenant_id, state, attempts, due_at, answer, problem, answered_at)
                SELECT DISTINCT ON (v.survivor)
                    v.survivor, v.tenant_id, l.state, l.attempts, l.due_at, l.answer, l.problem, l.answered_at
                FROM v JOIN contact_lookups l ON l.contact_id = v.absorbed AND l.tenant_id = v.tenant_id
                ORDER BY v.survivor, l.answered_at DESC NULLS LAST
                ON CONFLICT DO NOTHING
            )
            UPDATE consent_changes h SET contact_id = v.survivor FROM v
            WHERE h.contact_id = v.absorbed AND h.tenant_id = v.tenant_id
            """,
            f"""
            WITH {_MERGES} INSERT INTO auto_replies (rule_id, contact_id, tenant_id, answered_at)
            SELECT a.rule_id, v.survivor, v.tenant_id, max(a.answered_at)
            FROM v JOIN auto_replies a ON a.contact_id = v.absorbed AND a.tenant_id = v.tenant_id
            GROUP BY a.rule_id, v.survivor, v.tenant_id
            ON CONFLICT (rule_id, contact_id)
                DO UPDATE SET answered_at = GREATEST(auto_replies.answered_at, EXCLUDED.answered_at)
            """,
            f"""
            WITH {_MERGES}, told AS (
                SELECT v.survivor, (array_agg(a.display_name) FILTER (WHERE a.display_name IS NOT NULL))[1] AS name,
                    (array_agg(a.attributes) FILTER (WHERE a.attributes <> '{{}}'))[1] AS attributes
                FROM v JOIN contacts a ON a.id = v.absorbed AND a.tenant_id = v.tenant_id GROUP BY v.survivor
            )
            UPDATE contacts c SET display_name = coalesce(c.display_name, told.name),
                attributes = coalesce(told.attributes, '{{}}') || c.attributes
            FROM told WHERE c.id = told.survivor
            """,
            f"""
            WITH {_MERGES}, gone AS (
                DELETE FROM contacts c USING v WHERE c.id = v.absorbed AND c.tenant_id = v.tenant_id
                RETURNING v.survivor, v.tenant_id, c.external_id
            ), told AS (
                SELECT survivor, tenant_id, min(external_id) AS external_id FROM gone GROUP BY survivor, tenant_id
            )
            UPDATE contacts c SET external_id = told.external_id FROM told
            WHERE c.id = told.survivor AND c.tenant_id = told.tenant_id
                AND c.external_id IS NULL AND told.external_id IS NOT NULL
            """,
        ),
    )
)


def merge(connection: Connection, merges: Sequence[Merge]) -> None:
    """Give what absorbed contacts have to who took their place, and delete them.

    Threads of the same number become one, nothing of their messages is lost. Call it before `update`, which gives the
    survivor the number and BSUID that the absorbed one had.
    """
    rows = rows_parameter(merges)
    for step in _STEPS:
        connection.execute(step, rows)
