"""Messages made in bulk by Postgres itself: those that receipts will come for, and years of business already done."""

import secrets

import psycopg

from bench.webhooks import SentMessage

FRESH = """
CREATE TEMP TABLE fresh AS
WITH made AS (
    SELECT n, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS stamp,
        md5(%(series)s || 'document' || n) AS document, md5(%(series)s || 'message' || n) AS message
    FROM generate_series(1, %(count)s) AS n,
        LATERAL (SELECT now() - %(age)s::interval * (1 - n / %(count)s::float8) AS at) AS moment
)
SELECT n, at, %(series)s || '-' || lpad(n::text, 8, '0') AS number,
    (stamp || '7' || substr(document, 1, 3) || '8' || substr(document, 4, 15))::uuid AS document_id,
    (stamp || '7' || substr(message, 1, 3) || '8' || substr(message, 4, 15))::uuid AS id,
    'wamid.HBgLMTgwOTU1NTAxNDIVAgARGBI' || upper(substr(message, 1, 18)) || 'AA==' AS wamid,
    t.id AS tenant_id, c.id AS channel_id
FROM made, tenants t JOIN channels c ON c.tenant_id = t.id
"""
"""Ids are UUIDv7 (RFC 9562) of the time `at`, so that they lie in the indexes as real ones do."""

DOCUMENTS = """
INSERT INTO documents (id, tenant_id, kind, number, customer_name, amount, currency, period, due_date, link, created_at)
SELECT document_id, tenant_id, 'invoice', number, 'Ana Pérez', 1250, 'DOP', '11/2026', at::date + 10,
    'https://example.com/invoices/' || number, at FROM fresh
"""

MESSAGES = """
INSERT INTO messages (id, tenant_id, channel_id, direction, type, status, wamid, contact_phone, contact_name, content,
    client_reference, document_id, step, attempt, attempts_spent,
    accepted_at, sent_at, delivered_at, read_at, created_at)
SELECT id, tenant_id, channel_id, 'outbound', 'template', %(status)s, wamid,
    '+1809' || lpad((n %% 5000000 + 2000000)::text, 7, '0'), 'Ana Pérez',
    '{"type": "template", "template": {"name": "invoice", "language": {"code": "es"}, "components": [{"type": "body",
        "parameters": [{"type": "text", "text": "Ana Pérez"}, {"type": "text", "text": "11/2026"},
            {"type": "text", "text": "DOP 1,250.00"}, {"type": "text", "text": "30 nov 2026"},
            {"type": "text", "text": "https://example.com/invoices/1"}]}]}}'::jsonb,
    number, document_id, 'initial', 1, 1, at,
    CASE WHEN %(status)s = 'read' THEN at + interval '1 s' END,
    CASE WHEN %(status)s = 'read' THEN at + interval '3 s' END,
    CASE WHEN %(status)s = 'read' THEN at + interval '60 s' END, at
FROM fresh
"""

ATTEMPTS = """
INSERT INTO attempts (message_id, number, tenant_id, started_at, ended_at, outcome, wamid, http_status)
SELECT id, 1, tenant_id, at, at + interval '300 ms', 'accepted', wamid, 200 FROM fresh
"""

RECEIPTS = """
INSERT INTO receipts (channel_id, wamid, status, at, tenant_id, received_at, message_id, attempt, raw)
SELECT channel_id, wamid, status, told_at, tenant_id, told_at, id, 1, jsonb_build_object(
    'id', wamid, 'status', status, 'timestamp', extract(epoch FROM told_at)::bigint::text,
    'recipient_id', '18095550142', 'recipient_user_id', 'DO.13491208655302741918',
    'biz_opaque_callback_data', id || ':1',
    'pricing', '{"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"}'::jsonb)
FROM fresh,
    (VALUES ('sent', interval '1 s'), ('delivered', interval '3 s'), ('read', interval '60 s')) AS told(status, delay),
    LATERAL (SELECT date_trunc('second', at + delay) AS told_at) AS moment
"""


def add_sent_messages(connection: psycopg.Connection, count: int) -> list[SentMessage]:
    """Add messages that Meta accepted within the last hour and return them.

    Args:
        connection: in autocommit.
        count: how many.
    """
    with connection.transaction():
        _begin(connection, count, "1 hour")
        connection.execute(MESSAGES, {"status": "accepted"})
        return [SentMessage(*row) for row in connection.execute("SELECT id, wamid FROM fresh ORDER BY n")]


def add_history(connection: psycopg.Connection, count: int) -> None:
    """Add messages of the last week that were read, with three receipts each, and let Postgres settle.

    Args:
        connection: in autocommit.
        count: how many.
    """
    with connection.transaction():
        _begin(connection, count, "7 days")
        connection.execute(MESSAGES, {"status": "read"})
        connection.execute(RECEIPTS)
    settle(connection)


def settle(connection: psycopg.Connection) -> None:
    """Do now what Postgres would otherwise do in the middle of a measurement."""
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")


def _begin(connection: psycopg.Connection, count: int, age: str) -> None:
    """Make documents and attempts for a new series; foreign keys hold by construction and are not checked a row."""
    connection.execute("SET LOCAL session_replication_role = replica")
    connection.execute("DROP TABLE IF EXISTS fresh")
    connection.execute(FRESH, {"series": secrets.token_hex(4), "count": count, "age": age})
    connection.execute(DOCUMENTS)
    connection.execute(ATTEMPTS)
