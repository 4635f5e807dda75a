"""Checks of what we know ourselves: app secret, verification, last event, and whether the channel sends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from checks.result import CheckResult

EVENTS_ARE_OLD = timedelta(days=7)
"""As long as Meta repeats a webhook that was not answered: older silence is either a quiet business or a cut line."""


def check_active(channel: Any) -> CheckResult:
    """Does the channel send at all?"""
    if not channel.is_active:
        return CheckResult(
            "active", "warning", "The channel is switched off: events are kept, nothing is sent.", "Switch it on."
        )
    if channel.paused_at is not None:
        detail = f"Sending is paused since {channel.paused_at:%Y-%m-%d %H:%M} by Meta's error {channel.paused_code}."
        return CheckResult("active", "error", detail, "Mend what the other checks show, then resume the channel.")
    return CheckResult("active", "ok", "The channel is switched on.")


def check_app_secret(secrets: Sequence[Any], now: datetime) -> CheckResult:
    """Can webhooks be verified, and is an old secret still in use?"""
    if not secrets:
        advice = "Copy the app secret from Meta's page App settings, Basic. Without it every webhook is refused."
        return CheckResult("app_secret", "error", "No app secret is set.", advice)
    lines = [f"{_ago(secret.last_used_at, now)}" for secret in secrets]
    if len(secrets) > 1:
        advice = "Seven days after the older one was last used it can be dropped: Meta repeats nothing longer."
        detail = f"{len(secrets)} app secrets; last used: {', '.join(lines)} (newest first)."
        return CheckResult("app_secret", "ok", detail, advice)
    return CheckResult("app_secret", "ok", f"An app secret is set; last used: {lines[0]}.")


def check_verified(channel: Any, *, verify_token_is_set: bool) -> CheckResult:
    """Did Meta verify the webhook address?"""
    advice = (
        "Enter callback URL and verify token in Meta's console under WhatsApp, Configuration; press Verify and save."
    )
    if not verify_token_is_set:
        return CheckResult("webhook_verified", "error", "No verify token is set.", f"Set one. {advice}")
    if channel.webhook_verified_at is None:
        return CheckResult("webhook_verified", "warning", "Meta has not verified the webhook address yet.", advice)
    return CheckResult(
        "webhook_verified", "ok", f"Meta verified it on {channel.webhook_verified_at:%Y-%m-%d %H:%M} UTC."
    )


def check_events(channel: Any, now: datetime) -> CheckResult:
    """When did a webhook last bring something for the number, and was one refused since?"""
    last, refused = channel.last_event_at, channel.webhook_refused_at
    if refused is not None and (last is None or refused > last):
        advice = "A webhook had a wrong signature: compare the app secret with Meta's page App settings, Basic."
        return CheckResult("last_event", "warning", f"A webhook was refused {_ago(refused, now)}.", advice)
    if last is None:
        advice = "Send a WhatsApp message to the number from your own phone and look again."
        return CheckResult("last_event", "warning", "No event has arrived for this number yet.", advice)
    detail = f"The last event arrived {_ago(last, now)}."
    if now - last > EVENTS_ARE_OLD:
        return CheckResult("last_event", "warning", detail, "Write to the number from your own phone and look again.")
    return CheckResult("last_event", "ok", detail)


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = max((now - at).total_seconds(), 0)
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit} ago"
    return "a moment ago"
