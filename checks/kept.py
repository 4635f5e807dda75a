"""The checks from what was last kept: a page shows them at once, without asking Meta."""

from collections.abc import Iterator
from typing import Any, Final

from checks.meta import Answers
from checks.result import CheckResult
from checks.run import Channel, judge, stored
from messaging.sentences import Sentence
from settings import Settings
from whatsapp.account import NumberFacts, TokenFacts

NOT_TESTED: Final = Sentence("Not tested yet.")
TEST: Final = Sentence("Press “Test connection”.")


def known(channel: Channel, settings: Settings) -> list[CheckResult]:
    """Check a channel by what earlier tests kept; what none has asked for says so. Asks nobody."""
    answered = set(_answered(channel.row))
    judged = judge(_answers(channel.row), channel)
    at_meta = [result if result.name in answered else _not_tested(result.name) for result in judged]
    return [*at_meta, *stored(channel, settings), _not_tested("public_url")]


def _answered(row: Any) -> Iterator[str]:
    if row.token_is_valid is not None:
        yield from ("token", "scopes")
    if row.number_checked_at is not None:
        yield from ("number", "quality")
    if row.fields_subscribed is not None:
        yield "fields"
    if not row.waba_id:
        yield from ("waba", "subscribed_app")


def _answers(row: Any) -> Answers:
    token = TokenFacts(
        is_valid=row.token_is_valid is True,
        expires_at=row.token_expires_at,
        data_access_expires_at=row.token_data_access_expires_at,
        scopes=tuple(row.token_scopes or ()),
        app_id=row.token_app_id,
    )
    number = NumberFacts(row.display_phone_number, row.verified_name, row.quality_rating, row.throughput_level)
    return Answers(token=token, number=number, subscription=(None, tuple(row.fields_subscribed or ())))


def _not_tested(name: str) -> CheckResult:
    return CheckResult(name, "unknown", NOT_TESTED, TEST)
