"""Rows and webhook bodies that tests start from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, text

from db.ids import new_id
from db.queries import outbox
from db.queries.inbox import APPEND

PHONE_NUMBER_ID = "106540352242922"
WABA_ID = "102290129340398"
CUSTOMER = "+18095550001"
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """A tenant with its channel."""

    tenant_id: UUID
    channel_id: UUID
    phone_number_id: str


def add_channel(
    connection: Connection,
    slug: str = "default",
    phone_number_id: str = PHONE_NUMBER_ID,
    *,
    access_token: str = "encrypted elsewhere",
    throughput: int = 80,
) -> Place:
    """Add a tenant (unless it is there) with a channel and a full bucket."""
    connection.execute(
        text("INSERT INTO tenants (id, slug, name) VALUES (:id, :slug, :slug) ON CONFLICT DO NOTHING"),
        {"id": new_id(), "slug": slug},
    )
    tenant_id = connection.execute(text("SELECT id FROM tenants WHERE slug = :slug"), {"slug": slug}).scalar_one()
    channel_id = new_id()
    connection.execute(
        text(
            "INSERT INTO channels (id, tenant_id, phone_number_id, waba_id, access_token, throughput_per_second) "
            "VALUES (:id, :tenant, :number, :waba, :token, :throughput)"
        ),
        {
            "id": channel_id,
            "tenant": tenant_id,
            "number": phone_number_id,
            "waba": WABA_ID if phone_number_id == PHONE_NUMBER_ID else f"waba-{phone_number_id}",
            "token": access_token,
            "throughput": throughput,
        },
    )
    connection.execute(
        text("INSERT INTO pacing (channel_id, tokens) VALUES (:id, :tokens)"), {"id": channel_id, "tokens": throughput}
    )
    return Place(tenant_id, channel_id, phone_number_id)


def add_message(connection: Connection, place: Place, status: str = "queued", **columns: Any) -> UUID:
    """Add an outbound message; a queued or scheduled one also goes on the queue."""
    values = {
        "id": new_id(),
        "tenant_id": place.tenant_id,
        "channel_id": place.channel_id,
        "direction": "outbound",
        "type": "text",
        "status": status,
        "contact_phone": CUSTOMER,
        "content": '{"type": "text", "text": {"body": "hello"}}',
        **columns,
    }
    names = ", ".join(values)
    connection.execute(
        text(f"INSERT INTO messages ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values
    )
    if status in ("queued", "scheduled"):
        outbox.enqueue(connection, [values["id"]])
    return values["id"]


def message_row(engine: Engine, message_id: UUID) -> Any:
    """Return a message as it is now."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM messages WHERE id = :id"), {"id": message_id}).one()


def status_item(
    status: str, *, wamid: str = "wamid.A", callback: str | None = None, at: datetime = NOW, **more: Any
) -> Any:
    """Return a status as Meta sends it."""
    item = {"id": wamid, "status": status, "timestamp": str(int(at.timestamp())), "recipient_id": CUSTOMER[1:], **more}
    return item if callback is None else {**item, "biz_opaque_callback_data": callback}


def text_item(wamid: str = "wamid.IN1", sender: str = CUSTOMER[1:], body: str = "hello", **more: Any) -> Any:
    """Return an inbound text as Meta sends it."""
    return {
        "id": wamid,
        "from": sender,
        "timestamp": str(int(NOW.timestamp())),
        "type": "text",
        "text": {"body": body},
        **more,
    }


def change(phone_number_id: str = PHONE_NUMBER_ID, field: str = "messages", **lists: Any) -> Any:
    """Return one change of a webhook."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": phone_number_id}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **lists}}


def webhook(*changes: Any, waba_id: str = WABA_ID) -> bytes:
    """Return a webhook body."""
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": waba_id, "changes": list(changes)}]})


def put_in_inbox(engine: Engine, *bodies: bytes, app_secret_id: UUID | None = None) -> list[UUID]:
    """Store bodies as the receiver does."""
    ids = [new_id() for _ in bodies]
    with engine.begin() as connection:
        connection.connection.cursor().execute(APPEND, (ids, list(bodies), [app_secret_id] * len(bodies)))
    return ids


def make_all_due(engine: Engine) -> None:
    """Let every postponed row be due now, instead of waiting for its time."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE inbox_queue SET due_at = now() - interval '1 second'"))
        connection.execute(text("UPDATE outbox SET due_at = now() - interval '1 second'"))


def minutes(number: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=number)
