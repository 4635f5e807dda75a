"""What Meta said of a channel's token and number, kept for lists, metrics and alarms."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import Connection

from db.ids import new_id
from db.queries import audit, events, inbox, number_proof
from db.queries import channel_credentials as queries
from db.queries.channel_credentials import TokenKnowledge
from tasks.ingest_batch import UNPROVED_NUMBER
from whatsapp.account import NEEDED_SCOPES, NumberFacts, TokenFacts
from whatsapp.graph import GraphFailure, Refused
from whatsapp.items import Json

WORTHLESS_TOKEN_CODES = (0, 190)
"""Meta: Error codes. The token itself is worth nothing; other refusals say nothing about it."""


def keep_token(connection: Connection, channel_id: UUID, token: TokenFacts | GraphFailure) -> TokenKnowledge:
    """Keep what is known of a token, and return it."""
    known = knowledge(token)
    queries.note_token(connection, channel_id, known)
    return known


def keep_number(connection: Connection, channel_id: UUID, number: NumberFacts) -> None:
    """Keep what is known of a number; a token that reads it proves that the number is its tenant's.

    What came for the number until then is processed now.
    """
    queries.note_number(
        connection,
        channel_id,
        display_phone_number=number.display_phone_number,
        verified_name=number.verified_name,
        quality_rating=number.quality_rating,
        throughput_level=number.throughput_level,
    )
    tenant_id = number_proof.prove_number(connection, channel_id)
    if tenant_id is not None:
        _note(connection, tenant_id, channel_id, "channel.number_proved")
        _replay_what_waited(connection, channel_id)


def keep_owner(
    connection: Connection, channel_id: UUID, *, waba_id: str, phone_number_id: str, numbers: Sequence[Json]
) -> None:
    """Keep whose an account is: the tenant's whose number Meta lists among the account's.

    Args:
        connection: in a transaction.
        channel_id: whose token asked.
        waba_id: the account.
        phone_number_id: of the channel.
        numbers: what Meta listed.
    """
    if phone_number_id in {str(number.get("id")) for number in numbers}:
        tenant_id = number_proof.prove_waba(connection, channel_id, waba_id)
        if tenant_id is not None:
            _note(connection, tenant_id, channel_id, "channel.account_proved", waba_id=waba_id)


def _note(connection: Connection, tenant_id: UUID, channel_id: UUID, action: str, **details: str) -> None:
    audit.write(connection, tenant_id, actor="rule:proof", action=action, target=str(channel_id), **details)


def _replay_what_waited(connection: Connection, channel_id: UUID) -> None:
    """The sweeper rings for it."""
    for event in number_proof.waiting_events(connection, channel_id, UNPROVED_NUMBER):
        body = orjson.dumps(event.envelope)
        inbox.append_replay(connection, inbox_id=new_id(), body=body, event_id=event.id)
        events.mark_replayed(connection, event.tenant_id, event.id)


def knowledge(token: TokenFacts | GraphFailure) -> TokenKnowledge:
    """Return what an answer of debug_token, or its absence, tells of a token."""
    if isinstance(token, Refused) and token.code in WORTHLESS_TOKEN_CODES:
        return TokenKnowledge(False, problem=f"Meta refuses the token: error {token.code}.")
    if isinstance(token, GraphFailure):
        return TokenKnowledge(None, problem=f"Meta could not be asked: {type(token).__name__}.")
    if not token.is_valid:
        return TokenKnowledge(False, problem="Meta says that the token is not valid.")
    missing = [scope for scope in NEEDED_SCOPES if scope not in token.scopes]
    problem = f"The token lacks {', '.join(missing)}." if missing else None
    return TokenKnowledge(True, token.expires_at, token.data_access_expires_at, token.scopes, token.app_id, problem)
