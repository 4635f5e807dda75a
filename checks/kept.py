"""The checks from what was last kept: a page shows them at once, without asking Meta."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from checks.meta import Answers
from checks.result import CheckResult
from checks.run import Channel, judge, stored
from messaging.sentences import Sentence, unpacked
from settings import Settings
from whatsapp.account import NumberFacts, TokenFacts

NOT_TESTED: Final = Sentence("Not tested yet.")
TEST: Final = Sentence("Press “Test connection”.")
NEEDS_WABA: Final = frozenset({"waba", "subscribed_app"})


def known(channel: Channel, settings: Settings) -> list[CheckResult]:
    """Check a channel by what earlier tests and the daily look kept, each with its time. Asks nobody.

    Token and number are judged anew, as days go by and the daily look learns more; for the rest the last test speaks.
    """
    judged = judge(_answers(channel.row), channel)
    return [*(_last(result, channel) for result in judged), *stored(channel, settings), _kept("public_url", channel)]


def _last(judged: CheckResult, channel: Channel) -> CheckResult:
    if judged.name in NEEDS_WABA and not channel.row.waba_id:
        return judged
    learned_at, kept = _learned_at(judged.name, channel.row), channel.kept.get(judged.name)
    if learned_at is not None and (kept is None or learned_at >= kept.checked_at):
        return replace(judged, checked_at=learned_at)
    return _kept(judged.name, channel)


def _kept(name: str, channel: Channel) -> CheckResult:
    kept = channel.kept.get(name)
    if kept is None:
        return CheckResult(name, "unknown", NOT_TESTED, TEST)
    return CheckResult(name, kept.state, unpacked(kept.detail), unpacked(kept.advice), kept.checked_at)


def _learned_at(name: str, row: Any) -> datetime | None:
    """Return when the facts that a check judges were learned; None: it judges none that are kept."""
    times: dict[str, datetime | None] = {
        "token": row.token_checked_at,
        "scopes": row.token_checked_at,
        "number": row.number_checked_at,
        "quality": row.number_checked_at,
    }
    return times.get(name)


def _answers(row: Any) -> Answers:
    token = TokenFacts(
        is_valid=row.token_is_valid is True,
        expires_at=row.token_expires_at,
        data_access_expires_at=row.token_data_access_expires_at,
        scopes=tuple(row.token_scopes or ()),
        app_id=row.token_app_id,
    )
    number = NumberFacts(row.display_phone_number, row.verified_name, row.quality_rating, row.throughput_level)
    return Answers(token=token, number=number)
