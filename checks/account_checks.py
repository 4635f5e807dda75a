"""Checks of what Meta says: token, scopes, number, WABA, subscriptions."""

from datetime import datetime
from typing import Any

from checks.meta import Answers
from checks.result import CheckResult
from messaging.sentences import Sentence
from whatsapp.account import EXPIRY_WARNING, NEEDED_FIELDS, NEEDED_SCOPES, NumberFacts, TokenFacts
from whatsapp.graph import GraphFailure, NotSent, OutcomeUnknown, Refused

NEW_TOKEN = Sentence(
    "Create a token for a system user in Meta's business settings (never expiring, or note its 60 days), with the app "
    "and the WhatsApp account assigned, and enter it here."
)
NO_ANSWER = Sentence("Meta could not be reached; check this machine's way to the internet, then test again.")
QUALITY_STATES = {"GREEN": "ok", "YELLOW": "warning", "RED": "error"}


def check_token(answers: Answers, now: datetime) -> CheckResult:
    """Is the access token valid, and till when?"""
    token = answers.token
    if isinstance(token, Refused) and token.code is not None:
        return CheckResult(
            "token", "error", Sentence("Meta refuses the access token ({error}).", error=said(token)), NEW_TOKEN
        )
    if not isinstance(token, TokenFacts):
        return unanswered("token", token)
    if not token.is_valid:
        return CheckResult("token", "error", Sentence("The access token is not valid any more."), NEW_TOKEN)
    ends = [at for at in (token.expires_at, token.data_access_expires_at) if at is not None]
    if not ends:
        return CheckResult("token", "ok", Sentence("The access token is valid and never expires."))
    end = min(ends)
    days = (end - now).days
    detail = Sentence("The access token is valid till {day} ({days} days).", day=f"{end:%Y-%m-%d}", days=days)
    if end - now <= EXPIRY_WARNING:
        return CheckResult("token", "warning", detail, Sentence("Replace it before then. {how}", how=NEW_TOKEN))
    return CheckResult("token", "ok", detail)


def check_scopes(answers: Answers) -> CheckResult:
    """May the token do what is needed?"""
    token = answers.token
    if not isinstance(token, TokenFacts) or not token.is_valid:
        return CheckResult("scopes", "unknown", Sentence("Not asked: the token has to be valid first."))
    missing = [scope for scope in NEEDED_SCOPES if scope not in token.scopes]
    if missing:
        advice = Sentence("Create the token again and tick these permissions.")
        return CheckResult("scopes", "error", Sentence("The token lacks {scopes}.", scopes=tuple(missing)), advice)
    return CheckResult("scopes", "ok", Sentence("The token has {scopes}.", scopes=NEEDED_SCOPES))


def check_number(answers: Answers, phone_number_id: str, *, is_anothers: bool) -> CheckResult:
    """Does the phone number id lead to a number?"""
    number = answers.number
    if isinstance(number, Refused):
        advice = Sentence(
            "Compare the phone number id with Meta's page API Setup (it is no phone number), and assign the WhatsApp "
            "account to the system user whose token this is."
        )
        return CheckResult(
            "number", "error", Sentence("Meta does not show this number ({error}).", error=said(number)), advice
        )
    if not isinstance(number, NumberFacts):
        return unanswered("number", number)
    if is_anothers:
        return CheckResult(
            "number",
            "error",
            Sentence("Another tenant of this installation has this number."),
            Sentence("Whoever runs this installation can tell who has it; it has to be disconnected there first."),
        )
    shown = tuple(one for one in (number.display_phone_number, number.verified_name) if one)
    return CheckResult("number", "ok", Sentence("The number is {number}.", number=shown or phone_number_id))


def check_quality(answers: Answers) -> CheckResult:
    """How does Meta rate the number, and how fast may it send?"""
    number = answers.number
    if not isinstance(number, NumberFacts):
        return CheckResult("quality", "unknown", Sentence("Not asked: the number has to be found first."))
    rating, throughput = number.quality_rating or "NA", number.throughput_level or "unknown"
    detail = Sentence("Quality {rating}, throughput {throughput}.", rating=rating, throughput=throughput)
    advice = Sentence(
        "Customers block or report these messages: send less, and what they asked for, or Meta limits the number."
    )
    state: Any = QUALITY_STATES.get(rating, "ok")
    return CheckResult("quality", state, detail, advice if state != "ok" else "")


def check_waba(answers: Answers, waba_id: str | None, phone_number_id: str) -> CheckResult:
    """Does the WhatsApp account own the number?"""
    if not waba_id:
        advice = Sentence("Enter the id of the WhatsApp Business account: templates are read from it.")
        return CheckResult("waba", "warning", Sentence("No WhatsApp Business account id is set."), advice)
    numbers = answers.numbers
    if isinstance(numbers, Refused):
        advice = Sentence(
            "Compare the account id with Meta's page API Setup, and assign the account to the system user."
        )
        return CheckResult(
            "waba", "error", Sentence("Meta does not show this account ({error}).", error=said(numbers)), advice
        )
    if not isinstance(numbers, list):
        return unanswered("waba", numbers)
    if phone_number_id not in {str(number.get("id")) for number in numbers}:
        advice = Sentence(
            "The number and the account do not belong together: copy both from the same page in Meta's console."
        )
        return CheckResult("waba", "error", Sentence("The account does not own the number."), advice)
    return CheckResult("waba", "ok", Sentence("The account owns the number."))


def check_subscription(answers: Answers, waba_id: str | None) -> CheckResult:
    """Does the token's app get the account's webhooks?"""
    apps = answers.apps
    advice = Sentence("Subscribe the app: without it no delivery or reading is ever reported.")
    if not waba_id:
        return CheckResult("subscribed_app", "unknown", Sentence("Not asked: no WhatsApp Business account id is set."))
    if isinstance(apps, Refused):
        return CheckResult(
            "subscribed_app",
            "error",
            Sentence("Meta does not tell the subscribed apps ({error}).", error=said(apps)),
            advice,
        )
    if not isinstance(apps, list):
        return unanswered("subscribed_app", apps)
    ids = {str((app.get("whatsapp_business_api_data") or {}).get("id")) for app in apps}
    app_id = answers.token.app_id if isinstance(answers.token, TokenFacts) else None
    if not apps or (app_id is not None and app_id not in ids):
        return CheckResult("subscribed_app", "error", Sentence("The app is not subscribed to the account."), advice)
    return CheckResult("subscribed_app", "ok", Sentence("The app is subscribed to the account."))


def check_fields(answers: Answers) -> CheckResult:
    """Which webhook fields is the app subscribed to?"""
    subscription = answers.subscription
    if subscription is None:
        return CheckResult("fields", "unknown", Sentence("Not asked: that needs the app secret and a valid token."))
    if isinstance(subscription, Refused):
        advice = Sentence("Compare the app secret with Meta's page App settings, Basic.")
        return CheckResult(
            "fields",
            "error",
            Sentence("Meta does not take the app secret ({error}).", error=said(subscription)),
            advice,
        )
    if isinstance(subscription, GraphFailure):
        return unanswered("fields", subscription)
    _, fields = subscription
    missing = [field for field in NEEDED_FIELDS if field not in fields]
    if missing:
        advice = Sentence(
            'Register the callback, or tick the field "messages" in Meta\'s console: statuses come under it, too.'
        )
        return CheckResult(
            "fields", "error", Sentence("The app is not subscribed to {fields}.", fields=tuple(missing)), advice
        )
    return CheckResult("fields", "ok", Sentence("Subscribed to {fields}.", fields=tuple(fields)))


def unanswered(name: str, failure: object) -> CheckResult:
    """Return the light for what Meta did not answer."""
    if isinstance(failure, NotSent):
        return CheckResult(
            name, "unknown", Sentence("Meta could not be reached: {reason}.", reason=failure.reason), NO_ANSWER
        )
    if isinstance(failure, OutcomeUnknown):
        return CheckResult(
            name,
            "unknown",
            Sentence("Meta gave no clear answer: {reason}.", reason=failure.reason),
            Sentence("Test again in a minute."),
        )
    if isinstance(failure, Refused):
        return CheckResult(
            name, "unknown", Sentence("Meta refused: {error}.", error=said(failure)), failure.rule.advice
        )
    return CheckResult(name, "unknown", Sentence("Not asked: Meta could not be reached."))


def said(refusal: Refused) -> str:
    """Return how Meta refused, without its words."""
    return f"error {refusal.code}" if refusal.code is not None else f"HTTP {refusal.http_status}"
