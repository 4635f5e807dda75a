"""Failures that Meta reports later, in a receipt, brake as those it answers at once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from db.queries.receipts import FailedMessage, failed_messages
from tasks import brakes
from tasks.brakes import Refusal
from whatsapp.errors import ErrorRule, Verdict, classify

BRAKING = frozenset({Verdict.CONFIG, Verdict.RECIPIENT})
"""A rate limit in a receipt tells of the past: the calls since then have told more."""


def apply_failures(connection: Connection, message_ids: Sequence[UUID]) -> None:
    """Put on the brakes for messages that a receipt just failed; each cause once."""
    seen: set[tuple[object, ...]] = set()
    for failed in failed_messages(connection, message_ids):
        rule = classify(failed.error_code)
        cause = _cause(failed, rule)
        if rule.verdict in BRAKING and cause not in seen:
            seen.add(cause)
            brakes.apply(connection, _refusal(failed, rule))


def _cause(failed: FailedMessage, rule: ErrorRule) -> tuple[object, ...]:
    reached = (failed.phone, failed.bsuid) if rule.verdict is Verdict.RECIPIENT else (failed.template_name,)
    return failed.channel_id, failed.error_code, *reached


def _refusal(failed: FailedMessage, rule: ErrorRule) -> Refusal:
    name, language = failed.template_name, failed.template_language
    return Refusal(
        rule=rule,
        code=failed.error_code,
        title=rule.title,
        tenant_id=failed.tenant_id,
        channel_id=failed.channel_id,
        phone=failed.phone,
        bsuid=failed.bsuid,
        template=(name, language) if name and language else None,
    )
