"""What an error of Meta's means for everything but its message: pause, slow down, hold, mark."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from db.queries import brakes, contacts
from observability.logging import get_logger
from observability.metrics import record_brake
from whatsapp.errors import ErrorRule, Scope, Verdict

CHANNEL_SCOPES = frozenset({Scope.CHANNEL, Scope.NUMBER, Scope.WABA, Scope.APP})

log = get_logger(__name__)


@dataclass(slots=True, frozen=True)
class Refusal:
    """An error with what it befell."""

    rule: ErrorRule
    code: int | None
    title: str
    tenant_id: UUID
    channel_id: UUID
    phone: str | None
    bsuid: str | None
    template: tuple[str, str] | None
    """Name and language."""
    delay: timedelta = timedelta(0)
    """For rate limits: how long."""


def apply(connection: Connection, refusal: Refusal) -> None:
    """Put on the brake that a refusal calls for, in its own scope; most call for none."""
    match refusal.rule.verdict:
        case Verdict.CONFIG if refusal.rule.scope in CHANNEL_SCOPES:
            _pause(connection, refusal)
        case Verdict.CONFIG if refusal.rule.scope is Scope.TEMPLATE and refusal.template:
            _hold(connection, refusal, refusal.template)
        case Verdict.RETRY_LATER:
            _slow_down(connection, refusal)
        case Verdict.RECIPIENT:
            _mark(connection, refusal)


def _pause(connection: Connection, refusal: Refusal) -> None:
    if brakes.pause_channel(connection, refusal.channel_id, code=refusal.code, reason=refusal.title):
        record_brake("channel_paused", refusal.code)
        log.error("channel.paused", channel_id=str(refusal.channel_id), code=refusal.code, advice=refusal.rule.advice)


def _hold(connection: Connection, refusal: Refusal, template: tuple[str, str]) -> None:
    name, language = template
    if brakes.hold_template(connection, refusal.channel_id, name, language, code=refusal.code, reason=refusal.title):
        record_brake("template_held", refusal.code)
        log.error("template.held", template=name, language=language, code=refusal.code, advice=refusal.rule.advice)


def _slow_down(connection: Connection, refusal: Refusal) -> None:
    match refusal.rule.scope:
        case Scope.PAIR:
            brakes.block_pair(connection, refusal.channel_id, refusal.phone or refusal.bsuid or "", refusal.delay)
        case Scope.WABA:
            brakes.block_waba(connection, refusal.channel_id, refusal.delay)
        case Scope.APP:
            brakes.block_app(connection, refusal.delay)
        case _:
            brakes.block_number(connection, refusal.channel_id, refusal.delay)
    record_brake(f"{refusal.rule.scope}_blocked", refusal.code)


def _mark(connection: Connection, refusal: Refusal) -> None:
    contacts.mark_unreachable(
        connection,
        refusal.tenant_id,
        phone=refusal.phone,
        bsuid=refusal.bsuid,
        code=refusal.code,
        reason=refusal.title,
    )
    record_brake("contact_marked", refusal.code)
