"""Tenants' rules as ingest needs them, read anew every few seconds."""

import time
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection

from db.queries import conversation_settings
from db.queries.conversation_settings import ConversationRules

FRESH_SECONDS = 2.0
"""How long a change of a rule may go unnoticed; a person who tries one out waits about as long for the message."""

_known: dict[UUID, tuple[float, ConversationRules]] = {}


def rules_of(connection: Connection, tenant_ids: Collection[UUID]) -> dict[UUID, ConversationRules]:
    """Return the rules of tenants, at most FRESH_SECONDS old."""
    now = time.monotonic()
    stale = {tenant_id for tenant_id in tenant_ids if tenant_id not in _known or _known[tenant_id][0] < now}
    if stale:
        read = conversation_settings.rules_of(connection, stale)
        _known.update({tenant_id: (now + FRESH_SECONDS, rules) for tenant_id, rules in read.items()})
    return {tenant_id: _known[tenant_id][1] for tenant_id in tenant_ids}


def forget_rules() -> None:
    """Read everything anew at the next call."""
    _known.clear()
