"""The daily look at every channel's token and number: an expiry is known before it stops the sends."""

from datetime import UTC, datetime

from db.encryption import EncryptionError
from db.engine import get_engine
from db.queries import channel_credentials
from db.queries.channel_credentials import ChannelToCheck, TokenKnowledge
from observability.logging import get_logger
from tasks.account_knowledge import keep_number, keep_owner, keep_token
from tasks.graph_clients import account_client
from tasks.true_time import true_time
from whatsapp.account import EXPIRY_WARNING, AccountClient, NumberFacts, TokenFacts
from whatsapp.graph import GraphFailure
from whatsapp.items import Json
from worker.app import app

log = get_logger(__name__)


@app.task(name="housekeeping.check_tokens")
def check_tokens() -> None:
    """Ask Meta about tokens and numbers of the channels that were not asked about for a day."""
    with get_engine().begin() as connection:
        true_time.learn(connection)
        wanted = channel_credentials.to_check(connection)
    for channel in wanted:
        try:
            client = account_client(channel.access_token, channel.app_secret)
        except EncryptionError as failure:
            log.error("token.not_checked", channel_id=str(channel.id), failure=str(failure))
            continue
        _check(client, channel)


def _check(client: AccountClient, channel: ChannelToCheck) -> None:
    token, number = _token(client), _number(client, channel.phone_number_id)
    owned = _owned(client, channel.unproved_waba_id)
    with get_engine().begin() as connection:
        known = keep_token(connection, channel.id, token)
        if isinstance(number, NumberFacts):
            keep_number(connection, channel.id, number)
        if channel.unproved_waba_id:
            keep_owner(
                connection,
                channel.id,
                waba_id=channel.unproved_waba_id,
                phone_number_id=channel.phone_number_id,
                numbers=owned,
            )
    _tell(channel, known)


def _token(client: AccountClient) -> TokenFacts | GraphFailure:
    try:
        return client.token_facts()
    except GraphFailure as failure:
        return failure


def _number(client: AccountClient, phone_number_id: str) -> NumberFacts | GraphFailure:
    try:
        return client.number_facts(phone_number_id)
    except GraphFailure as failure:
        return failure


def _owned(client: AccountClient, waba_id: str | None) -> list[Json]:
    try:
        return client.phone_numbers(waba_id) if waba_id else []
    except GraphFailure:
        return []


def _tell(channel: ChannelToCheck, known: TokenKnowledge) -> None:
    if known.problem:
        log.warning("token.problem", channel_id=str(channel.id), problem=known.problem)
    ends = [at for at in (known.expires_at, known.data_access_expires_at) if at is not None]
    left = min(ends) - datetime.now(UTC) if ends else None
    if left is not None and left <= EXPIRY_WARNING:
        log.warning("token.expires_soon", channel_id=str(channel.id), days_left=max(left.days, 0))
