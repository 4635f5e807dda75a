"""The usual tutorial, to compare with: check the signature, `delay()` the payload, answer.

The task selects, checks, inserts, updates and commits through the ORM, once for each webhook. Nothing here is made slow
on purpose: models, connections and settings are what the frameworks' own guides show. What it does not do: a webhook is
lost when Redis is, and a status can go back when two tasks overtake each other.
"""

import hashlib
import hmac
import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from flask import Flask, abort, request
from sqlalchemy import DateTime, ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

APP_SECRET = os.environ["WHATSAPP_APP_SECRET"].encode()

app = Flask(__name__)
celery = Celery("tutorial", broker=os.environ["BROKER_URL"])
engine = create_engine(os.environ["DATABASE_URL"])


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    wamid: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]


class MessageStatus(Base):
    __tablename__ = "message_statuses"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    status: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@app.post("/webhook")
def webhook() -> str:
    """Check the signature, hand the payload to a task, answer."""
    expected = "sha256=" + hmac.new(APP_SECRET, request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        abort(401)
    process_webhook.delay(request.get_json())
    return "EVENT_RECEIVED"


@celery.task(ignore_result=True)
def process_webhook(payload: dict[str, Any]) -> None:
    """Save every status of a webhook."""
    for entry in payload["entry"]:
        for change in entry["changes"]:
            for status in change["value"].get("statuses", []):
                save_status(status)


def save_status(status: dict[str, Any]) -> None:
    """Add a status to its message, unless it is there already."""
    with Session(engine) as session:
        message = session.scalars(select(Message).where(Message.wamid == status["id"])).one_or_none()
        if message is None:
            return
        same = select(MessageStatus).where(
            MessageStatus.message_id == message.id, MessageStatus.status == status["status"]
        )
        if session.scalars(same).first() is not None:
            return
        at = datetime.fromtimestamp(int(status["timestamp"]), UTC)
        session.add(MessageStatus(message_id=message.id, status=status["status"], at=at))
        message.status = status["status"]
        session.commit()


if __name__ == "__main__":
    Base.metadata.create_all(engine)
