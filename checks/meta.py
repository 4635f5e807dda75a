"""Asking Meta once for all that the checks need. What cannot be asked is explained, not raised."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from whatsapp.account import AccountClient, NumberFacts, TokenFacts
from whatsapp.graph import GraphFailure, NotSent, OutcomeUnknown
from whatsapp.items import Json

T = TypeVar("T")


@dataclass(slots=True)
class Answers:
    """What Meta said; each is an answer, a failure, or None: it was not asked."""

    token: TokenFacts | GraphFailure | None = None
    number: NumberFacts | GraphFailure | None = None
    numbers: list[Json] | GraphFailure | None = field(default=None, repr=False)
    apps: list[Json] | GraphFailure | None = None
    subscription: tuple[str | None, tuple[str, ...]] | GraphFailure | None = None


def ask(client: AccountClient, *, phone_number_id: str, waba_id: str | None, app_secret: str | None) -> Answers:
    """Ask Meta about a channel; when Meta cannot be reached at all the first call is the last."""
    answers = Answers(token=_try(client.token_facts))
    if isinstance(answers.token, NotSent):
        return answers
    answers.number = _try(lambda: client.number_facts(phone_number_id))
    if waba_id:
        answers.numbers = _try(lambda: client.phone_numbers(waba_id))
        answers.apps = _try(lambda: client.subscribed_apps(waba_id))
    app_id = answers.token.app_id if isinstance(answers.token, TokenFacts) else None
    if app_id and app_secret:
        as_app = client.as_app(app_id, app_secret)
        answers.subscription = _try(lambda: as_app.app_subscription(app_id))
    return answers


def ask_owner(client_now: Callable[[], AccountClient], *, phone_number_id: str, waba_id: str | None) -> Answers:
    """Ask Meta only for what proves that number and account are the token's; unless Meta hangs or cannot be reached.

    Args:
        client_now: makes a client that keeps to the time that is left.
        phone_number_id: of the channel.
        waba_id: of the channel; None: it has none.
    """
    answers = Answers(number=_try(lambda: client_now().number_facts(phone_number_id)))
    if waba_id and not isinstance(answers.number, NotSent | OutcomeUnknown):
        answers.numbers = _try(lambda: client_now().phone_numbers(waba_id))
    return answers


def _try(call: Callable[[], T]) -> T | GraphFailure:
    try:
        return call()
    except GraphFailure as failure:
        return failure
