"""All checks of one channel, in the order in which people mend things."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from checks import account_checks, webhook_checks
from checks.meta import Answers, ask, ask_owner
from checks.public_url import check_public_url
from checks.result import CheckResult
from db import sealed
from db.encryption import EncryptionError, Keyring
from db.queries import app_secrets, channel_checks, number_proof
from db.queries import channel_credentials as queries
from db.queries.channel_checks import KeptCheck, ReadCheck
from messaging.sentences import Sentence, packed
from settings import Settings
from tasks.account_knowledge import keep_number, keep_owner, keep_token
from whatsapp.account import AccountClient, NumberFacts

Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True, frozen=True)
class Channel:
    """What the checks read of a channel."""

    row: Any
    secrets: Sequence[Any]
    now: datetime
    is_anothers: bool
    """Another tenant has proved that the number is its own."""
    kept: Mapping[str, ReadCheck]
    """What earlier tests came to."""


def read(connection: Connection, tenant_id: UUID, channel_id: UUID) -> Channel | None:
    """Read a channel of the tenant for its checks; None when there is no such channel."""
    row = queries.find(connection, tenant_id, channel_id)
    if row is None:
        return None
    known = app_secrets.of_tenant(connection, tenant_id)
    own = [secret for secret in known if secret.channel_id == channel_id]
    secrets = own or app_secrets.of_environment(connection)
    now: datetime = connection.execute(text("SELECT now()")).scalar_one()
    is_anothers = number_proof.is_proved_by_another(connection, tenant_id, row.phone_number_id)
    return Channel(row, secrets, now, is_anothers, channel_checks.of_channel(connection, tenant_id, channel_id))


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
        keep(connection, channel.row, answers)
        is_anothers = number_proof.is_proved_by_another(connection, tenant_id, channel.row.phone_number_id)
    asked = judge(answers, replace(channel, is_anothers=is_anothers))
    own = [check_public_url(settings.public_url)] if public_url else []
    with transaction() as connection:
        _keep_results(connection, channel.row, [*asked, *own])
    return [*asked, *stored(channel, settings), *own]


def prove(transaction: Transaction, settings: Settings, tenant_id: UUID, channel_id: UUID) -> None:
    """Ask Meta whether number and account are the tenant's, when that is not known; unanswered, they stay unproved.

    Arguments as for `run`. Somebody waits for the answer of the change that made it necessary: Meta has
    Limits.proving_seconds in all. The daily look and every check ask again.
    """
    with transaction() as connection:
        row = queries.find(connection, tenant_id, channel_id)
    if row is None or (row.number_unproved_since is None and row.waba_unproved_since is None):
        return
    deadline = time.monotonic() + settings.limits.proving_seconds
    answers = ask_owner(
        lambda: client_of(row, settings, seconds=deadline - time.monotonic())[0],
        phone_number_id=row.phone_number_id,
        waba_id=row.waba_id,
    )
    with transaction() as connection:
        keep(connection, row, answers)


def keep(connection: Connection, row: Any, answers: Answers) -> None:
    """Keep what Meta said, for the lists, the metrics and the alarms, and as proof of what is the tenant's."""
    if answers.token is not None:
        keep_token(connection, row.id, answers.token)
    if isinstance(answers.number, NumberFacts):
        keep_number(connection, row.id, answers.number)
    if isinstance(answers.numbers, list):
        keep_owner(
            connection,
            row.id,
            waba_id=row.waba_id,
            phone_number_id=row.phone_number_id,
            numbers=answers.numbers,
        )
    if isinstance(answers.subscription, tuple):
        queries.note_fields(connection, row.id, answers.subscription[1])


def _keep_results(connection: Connection, row: Any, results: Sequence[CheckResult]) -> None:
    """Keep the lights for the page; what could not be asked leaves what was known."""
    known = [result for result in results if result.state != "unknown"]
    kept = [
        KeptCheck(row.id, result.name, row.tenant_id, result.state, packed(result.detail), packed(result.advice))
        for result in known
    ]
    channel_checks.keep(connection, kept)


def _ask(row: Any, settings: Settings) -> Answers:
    client, app_secret = client_of(row, settings)
    return ask(client, phone_number_id=row.phone_number_id, waba_id=row.waba_id, app_secret=app_secret)


def client_of(row: Any, settings: Settings, *, seconds: float | None = None) -> tuple[AccountClient, str | None]:
    """Return a client with the channel's token, and the secret of the app that the token belongs to.

    Args:
        row: of db.queries.channel_credentials.
        settings: of this process.
        seconds: that one call may take, tried once; None: as long as a send.

    Raises:
        EncryptionError: a key is missing.
    """
    keyring = Keyring(settings.encryption_keys)
    app_secret = keyring.decrypt(row.app_secret, sealed.APP_SECRET) if row.app_secret else None
    app_secret = app_secret or next(iter(settings.app_secrets), None)
    limits, longest = settings.limits, seconds / 2 if seconds is not None else math.inf
    made = AccountClient(
        base_url=settings.graph_url,
        version=settings.graph_api_version,
        access_token=keyring.decrypt(row.access_token, sealed.ACCESS_TOKEN),
        app_secret=app_secret,
        connect_timeout=min(limits.graph_connect_seconds, longest),
        read_timeout=min(limits.graph_read_seconds, longest),
        gives_up=lambda: seconds is not None,
    )
    return made, app_secret


def judge(answers: Answers, channel: Channel) -> list[CheckResult]:
    """Check what Meta said."""
    row = channel.row
    return [
        account_checks.check_token(answers, channel.now),
        account_checks.check_scopes(answers),
        account_checks.check_number(answers, row.phone_number_id, is_anothers=channel.is_anothers),
        account_checks.check_quality(answers),
        account_checks.check_waba(answers, row.waba_id, row.phone_number_id),
        account_checks.check_subscription(answers, row.waba_id),
        account_checks.check_fields(answers),
    ]
