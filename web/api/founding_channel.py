"""The one channel that a founding system knows of a tenant: how it is read and saved."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from db import sealed
from db.changes.channels import Wanted, is_from_environment
from db.encryption import EncryptionError
from db.queries import app_secrets
from messaging.violations import Violation
from web.api.auth import current_tenant
from web.api.channel_settings import changing
from web.api.services import services
from worker.doorbell import ring
from worker.queues import SEND

FIELDS_OF_S0: Final = {
    "phone_number_id": "phoneNumberId",
    "waba_id": "businessAccountId",
    "access_token": "accessToken",
    "verify_token": "webhookVerifyToken",
    "app_secret": "appSecret",
    "display_phone_number": "displayPhoneNumber",
}
"""Ours → theirs, for what is wrong with them."""
EMPTY_TOKEN: Final = {"phoneNumberId": "106540352242922", "accessToken": ""}


def save(wanted: Wanted) -> None:
    """Make `wanted` the caller's configuration.

    Raises:
        Problem: 422 with the founding system's name of the field.
        Refusal: the number is connected elsewhere.
    """
    with changing() as channels:
        try:
            channels.save(wanted)
        except Violation as violation:
            raise Violation(violation.detail, FIELDS_OF_S0.get(violation.at, violation.at)) from None
    ring(SEND)


def own_secrets(connection: Connection, channel: Any) -> list[UUID]:
    """Return the ids of the app secrets that the channel brings along."""
    if channel is None:
        return []
    known = app_secrets.of_tenant(connection, current_tenant())
    return [secret.id for secret in known if secret.channel_id == channel.id]


def source(channel: Any) -> str | None:
    """Return where the channel's token came from, "db" or "env"; None: there is no channel."""
    if channel is None:
        return None
    try:
        token = opened(channel.access_token, sealed.ACCESS_TOKEN)
    except EncryptionError:
        return "db"
    return "env" if token is not None and is_from_environment(channel, token) else "db"


def opened(stored: str | None, purpose: str) -> str | None:
    """Return a stored secret in plain; None: there is none."""
    return services().keyring.decrypt(stored, purpose) if stored else None
