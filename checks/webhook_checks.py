"""Checks of what we know ourselves: app secret, verification, last event, and whether the channel sends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from checks.result import CheckResult
from messaging.sentences import Sentence

EVENTS_ARE_OLD = timedelta(days=7)
"""As long as Meta repeats a webhook that was not answered: older silence is either a quiet business or a cut line."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""Seconds."""


def check_active(channel: Any) -> CheckResult:
    """Does the channel send at all?"""
    if not channel.is_active:
        detail = Sentence("The channel is switched off: events are kept, nothing is sent.")
        return CheckResult("active", "warning", detail, Sentence("Switch it on."))
    if channel.paused_at is not None:
        detail = Sentence(
            "Sending is paused since {moment} by Meta's error {code}.",
            moment=f"{channel.paused_at:%Y-%m-%d %H:%M}",
            code=channel.paused_code,
        )
        advice = Sentence("Mend what the other checks show, then resume the channel.")
        return CheckResult("active", "error", detail, advice)
    return CheckResult("active", "ok", Sentence("The channel is switched on."))


def check_app_secret(secrets: Sequence[Any], now: datetime) -> CheckResult:
    """Can webhooks be verified, and is an old secret still in use?"""
    if not secrets:
        advice = Sentence(
            "Copy the app secret from Meta's page App settings, Basic. Without it every webhook is refused."
        )
        return CheckResult("app_secret", "error", Sentence("No app secret is set."), advice)
    used = tuple(_ago(secret.last_used_at, now) for secret in secrets)
    if len(secrets) > 1:
        advice = Sentence(
            "Seven days after the older one was last used it can be dropped: Meta repeats nothing longer."
        )
        detail = Sentence("{count} app secrets; last used: {used} (newest first).", count=len(secrets), used=used)
        return CheckResult("app_secret", "ok", detail, advice)
    return CheckResult("app_secret", "ok", Sentence("An app secret is set; last used: {used}.", used=used))


def check_verified(channel: Any, *, verify_token_is_set: bool) -> CheckResult:
    """Did Meta verify the webhook address?"""
    advice = Sentence(
        "Enter callback URL and verify token in Meta's console under WhatsApp, Configuration; press Verify and save."
    )
    if not verify_token_is_set:
        return CheckResult(
            "webhook_verified", "error", Sentence("No verify token is set."), Sentence("Set one. {how}", how=advice)
        )
    if channel.webhook_verified_at is None:
        detail = Sentence("Meta has not verified the webhook address yet.")
        return CheckResult("webhook_verified", "warning", detail, advice)
    at = f"{channel.webhook_verified_at:%Y-%m-%d %H:%M}"
    return CheckResult("webhook_verified", "ok", Sentence("Meta verified it on {moment} UTC.", moment=at))


def check_events(channel: Any, now: datetime) -> CheckResult:
    """When did a webhook last bring something for the number, and was one refused since?"""
    last, refused = channel.last_event_at, channel.webhook_refused_at
    if refused is not None and (last is None or refused > last):
        advice = Sentence(
            "A webhook had a wrong signature: compare the app secret with Meta's page App settings, Basic."
        )
        detail = Sentence("A webhook was refused {ago}.", ago=_ago(refused, now))
        return CheckResult("last_event", "warning", detail, advice)
    if last is None:
        advice = Sentence("Send a WhatsApp message to the number from your own phone and look again.")
        return CheckResult("last_event", "warning", Sentence("No event has arrived for this number yet."), advice)
    detail = Sentence("The last event arrived {ago}.", ago=_ago(last, now))
    if now - last > EVENTS_ARE_OLD:
        advice = Sentence("Write to the number from your own phone and look again.")
        return CheckResult("last_event", "warning", detail, advice)
    return CheckResult("last_event", "ok", detail)


def _ago(at: datetime | None, now: datetime) -> Sentence:
    if at is None:
        return Sentence("never")
    seconds = max((now - at).total_seconds(), 0)
    if seconds >= 2 * DAY:
        return Sentence("{count} days ago", count=int(seconds // DAY))
    if seconds >= 2 * HOUR:
        return Sentence("{count} hours ago", count=int(seconds // HOUR))
    if seconds >= 2 * MINUTE:
        return Sentence("{count} minutes ago", count=int(seconds // MINUTE))
    return Sentence("a moment ago")
