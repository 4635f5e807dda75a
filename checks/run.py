"""All checks of one channel, in the order in which people mend things."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from checks import account_checks, webhook_checks
from checks.meta import Answers, ask
from checks.public_url import check_public_url
from checks.result import CheckResult
from db import sealed
from db.encryption import EncryptionError, Keyring
from db.queries import app_secrets
from db.queries import channel_credentials as queries
from messaging.sentences import Sentence
from settings import Settings
from tasks.account_knowledge import keep_number, keep_token
from whatsapp.account import AccountClient, NumberFacts

Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True, frozen=True)
class Channel:
    """What the checks read of a channel."""

    row: Any
    secrets: Sequence[Any]
    now: datetime


def read(connection: Connection, tenant_id: UUID, channel_id: UUID) -> Channel | None:
    """Read a channel of the tenant for its checks; None when there is no such channel."""
    row = queries.find(connection, tenant_id, channel_id)
    if row is None:
        return None
    known = app_secrets.of_tenant(connection, tenant_id)
    own = [secret for secret in known if secret.channel_id == channel_id]
    secrets = own or app_secrets.of_environment(connection)
    now: datetime = connection.execute(text("SELECT now()")).scalar_one()
    return Channel(row, secrets, now)


def stored(channel: Channel, settings: Settings) -> list[CheckResult]:
    """Check what we know ourselves; asks nobody."""
    has_token = channel.row.verify_token is not None or settings.verify_token is not None
    return [
        webhook_checks.check_active(channel.row),
        webhook_checks.check_app_secret(channel.secrets, channel.now),
        webhook_checks.check_verified(channel.row, verify_token_is_set=has_token),
        webhook_checks.check_events(channel.row, channel.now),
    ]


def run(
    transaction: Transaction, settings: Settings, tenant_id: UUID, channel_id: UUID, *, public_url: bool = False
) -> list[CheckResult] | None:
    """Run all checks of a channel and keep what they found out about its token, number and fields.

    Args:
        transaction: makes a transaction; none is held while Meta is asked.
        settings: of this process.
        tenant_id: whose channel.
        channel_id: which.
        public_url: also call our own public address.

    Returns:
        None: the tenant has no such channel.
    """
    with transaction() as connection:
        channel = read(connection, tenant_id, channel_id)
    if channel is None:
        return None
    try:
        answers = _ask(channel.row, settings)
    except EncryptionError as error:
        return [
            CheckResult("token", "error", str(error), Sentence("Put the missing key back.")),
            *stored(channel, settings),
        ]
    with transaction() as connection:
        keep(connection, channel_id, answers)
    own = [check_public_url(settings.public_url)] if public_url else []
    return [*judge(answers, channel), *stored(channel, settings), *own]


def keep(connection: Connection, channel_id: UUID, answers: Answers) -> None:
    """Keep what Meta said, for the lists, the metrics and the alarms."""
    if answers.token is not None:
        keep_token(connection, channel_id, answers.token)
    if isinstance(answers.number, NumberFacts):
        keep_number(connection, channel_id, answers.number)
    if isinstance(answers.subscription, tuple):
        queries.note_fields(connection, channel_id, answers.subscription[1])


def account_client(row: Any, settings: Settings) -> tuple[AccountClient, str | None]:
    """Return a client for what a channel asks Meta, and the secret of the Meta app that it uses.

    Raises:
        EncryptionError: a key is missing.
    """
    keyring = Keyring(settings.encryption_keys)
    app_secret = keyring.decrypt(row.app_secret, sealed.APP_SECRET) if row.app_secret else None
    app_secret = app_secret or next(iter(settings.app_secrets), None)
    client = AccountClient(
        base_url=settings.graph_url,
        version=settings.graph_api_version,
        access_token=keyring.decrypt(row.access_token, sealed.ACCESS_TOKEN),
        app_secret=app_secret,
        connect_timeout=settings.limits.graph_connect_seconds,
        read_timeout=settings.limits.graph_read_seconds,
    )
    return client, app_secret


def judge(answers: Answers, channel: Channel) -> list[CheckResult]:
    """Check what Meta said."""
    row = channel.row
    return [
        account_checks.check_token(answers, channel.now),
        account_checks.check_scopes(answers),
        account_checks.check_number(answers, row.phone_number_id),
        account_checks.check_quality(answers),
        account_checks.check_waba(answers, row.waba_id, row.phone_number_id),
        account_checks.check_subscription(answers, row.waba_id),
        account_checks.check_fields(answers),
    ]


def _ask(row: Any, settings: Settings) -> Answers:
    client, app_secret = account_client(row, settings)
    return ask(client, phone_number_id=row.phone_number_id, waba_id=row.waba_id, app_secret=app_secret)
