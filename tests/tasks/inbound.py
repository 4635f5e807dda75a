"""What customers write: items that arrive now, ingested, and what came of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from db.ids import new_id
from tasks.conversation_rules import forget_rules
from tasks.ingest import drain_once
from tests.rows import CUSTOMER, Place, change, put_in_inbox, text_item, webhook


def now_item(wamid: str, *, minutes_ago: float = 1, **more: Any) -> Any:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {**text_item(wamid), "timestamp": str(int(at.timestamp())), **more}


def typed(wamid: str, kind: str, body: Any, **more: Any) -> Any:
    item = now_item(wamid, **more)
    del item["text"]
    return {**item, "type": kind, kind: body}


def said(wamid: str, words: str, **more: Any) -> Any:
    return now_item(wamid, text={"body": words}, **more)


def echo(wamid: str, **more: Any) -> Any:
    return {**now_item(wamid), "from": "15550783881", "to": CUSTOMER[1:], **more}


def come_in(engine: Engine, *items: Any, field: str = "messages", **lists: Any) -> None:
    """Let a webhook arrive and be ingested."""
    body = webhook(change(field=field, **({"messages": list(items)} if items else {}), **lists))
    put_in_inbox(engine, body)
    while drain_once(engine):
        pass


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement), values))


def one(engine: Engine, statement: str, **values: Any) -> Any:
    [row] = rows(engine, statement, **values)
    return row


def run(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def add_rule(engine: Engine, place: Place, **columns: Any) -> UUID:
    values = {
        "id": new_id(),
        "tenant_id": place.tenant_id,
        "position": 1,
        "name": "hours",
        "match": "contains",
        "pattern": "horario",
        "answer": "De 9 a 5.",
        **columns,
    }
    names = ", ".join(values)
    run(engine, f"INSERT INTO auto_reply_rules ({names}) VALUES ({', '.join(f':{name}' for name in values)})", **values)
    forget_rules()
    return values["id"]


def answers(engine: Engine) -> list[str]:
    found = rows(engine, "SELECT m.text FROM messages m JOIN outbox o ON o.message_id = m.id ORDER BY m.id")
    return [row.text for row in found]
