"""Messages that are due, and what became of them."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Engine, text

from tests.rows import Place, add_message

INVOICE = orjson.dumps(
    {
        "type": "template",
        "template": {
            "name": "invoice",
            "language": {"code": "es"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": value}
                        for value in ("Ana", "noviembre", "DOP 1,500.00", "30 nov", "https://pay.example.com/i/1")
                    ],
                }
            ],
        },
    }
).decode()


def one(engine: Engine, statement: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(statement), values).one()


def queue(engine: Engine, place: Place, number: int = 1, **columns: Any) -> list[UUID]:
    with engine.begin() as connection:
        return [
            add_message(
                connection,
                place,
                **{"type": "template", "content": INVOICE, "contact_phone": f"+180955{n:05}", **columns},
            )
            for n in range(1, number + 1)
        ]


def attempts(engine: Engine, message_id: UUID) -> list[Any]:
    with engine.connect() as connection:
        statement = text("SELECT * FROM attempts WHERE message_id = :id ORDER BY number")
        return list(connection.execute(statement, {"id": message_id}))


def waits(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT state, due_at - now() AS delay FROM outbox")).one_or_none()
