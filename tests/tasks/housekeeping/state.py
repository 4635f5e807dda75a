"""What the tests of housekeeping put into the database and read from it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from db.encryption import Keyring
from db.queries import brakes, claims, templates
from db.sealed import ACCESS_TOKEN
from embedded.kept_secrets import encryption_key
from simulator import defaults
from tasks.ingest import drain_once
from tests.rows import Place, add_message, change, text_item, webhook

KEY = encryption_key()
ENVELOPE = webhook(change(messages=[text_item()]))


def sealed(key: str = KEY) -> str:
    return Keyring([key]).encrypt(defaults.ACCESS_TOKEN, ACCESS_TOKEN)


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement), values))


def change_rows(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def a_message(engine: Engine, place: Place, status: str = "queued", **columns: Any) -> UUID:
    with engine.begin() as connection:
        return add_message(connection, place, status, **columns)


def a_claimed_message(engine: Engine, place: Place) -> UUID:
    message_id = a_message(engine, place)
    with engine.begin() as connection:
        assert [one.id for one in claims.claim(connection, place.channel_id, 1)] == [message_id]
    return message_id


def drain(engine: Engine) -> None:
    while drain_once(engine):
        pass


def pause(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        assert brakes.pause_channel(connection, place.channel_id, code=190, reason="Access token has expired")


def let_probes_be_due(engine: Engine) -> None:
    change_rows(engine, "UPDATE channels SET probe_at = now() - interval '1 s' WHERE probe_at IS NOT NULL")


def paused(engine: Engine) -> dict[str, bool]:
    return {row[0]: row[1] for row in rows(engine, "SELECT phone_number_id, paused_at IS NOT NULL FROM channels")}


def known(engine: Engine, place: Place) -> dict[tuple[str, str], str]:
    with engine.connect() as connection:
        found = templates.known_templates(connection, place.channel_id)
    return {key: one.status for key, one in found.items()}
