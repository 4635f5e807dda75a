"""What the page of a channel shows."""

from typing import Any
from uuid import UUID

from flask import Response, abort

from checks import kept, run
from checks.registration import callback_url, verify_token_of
from checks.result import CheckResult, worst
from db import sealed
from db.changes.channels import masked
from db.encryption import EncryptionError
from db.queries import app_secrets, channel_list
from web.api.services import services
from web.pages.lights import LOOKS, lights
from web.people.rendering import page
from web.people.sessions import the_user
from whatsapp.errors import classify


def all_channels() -> list[Any]:
    """Return the numbers at Meta of the tenant of the person who asks."""
    with services().database.connect() as connection:
        channels = channel_list.list_all(connection, the_user().tenant_id)
    return [channel for channel in channels if not channel.is_gateway]


def channel_page(
    channel_id: UUID,
    status: int = 200,
    *,
    results: list[CheckResult] | None = None,
    given: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    sample: dict[str, Any] | None = None,
) -> Response:
    """Return the page of a channel.

    Args:
        channel_id: of the person's tenant; otherwise 404.
        status: HTTP status.
        results: of a test just made; None: what earlier ones kept.
        given: what was typed into the form, when it was refused.
        errors: why, by field.
        sample: what the card of the test invoice shows (web.pages.sample_invoice).
    """
    shown = _shown(channel_id)
    context = {**shown, **light_context(shown["known"] if results is None else results)}
    channel = shown["channel"]
    return page(
        "settings/channel.html",
        status,
        **context,
        channels=all_channels(),
        given=given
        or {name: getattr(channel, name) for name in ("name", "waba_id", "display_phone_number", "is_active")},
        errors=errors or {},
        sample=sample or {},
    )


def light_context(results: list[CheckResult]) -> dict[str, Any]:
    """Return what the card of the lights shows."""
    return {"lights": lights(results), "overall": LOOKS[worst(results)]}


def state_context(channel: Any) -> dict[str, Any]:
    """Return what the card of the number's state shows beside the number itself."""
    return {"pause_advice": classify(channel.paused_code).advice if channel.paused_at else ""}


def _shown(channel_id: UUID) -> dict[str, Any]:
    user, settings = the_user(), services().settings
    with services().database.connect() as connection:
        known = run.read(connection, user.tenant_id, channel_id)
        channel = channel_list.find(connection, user.tenant_id, channel_id)
        secrets = app_secrets.of_tenant(connection, user.tenant_id)
    if known is None or channel is None:
        abort(404)
    own = [secret for secret in secrets if secret.channel_id == channel_id]
    return {
        "channel": channel,
        "known": kept.known(known, settings),
        "secrets": own,
        "has_secret": bool(known.secrets),
        **state_context(channel),
        "callback_url": callback_url(settings, channel_id if own else None),
        "verify_token": _verify_token(known.row) if user.may("owner") else None,
        "token_ending": _token_ending(known.row),
    }


def _verify_token(row: Any) -> str | None:
    try:
        return verify_token_of(row, services().settings, has_own_app=row.app_secret is not None)
    except EncryptionError:
        return None


def _token_ending(row: Any) -> str | None:
    try:
        return masked(services().keyring.decrypt(row.access_token, sealed.ACCESS_TOKEN))
    except EncryptionError:
        return None
