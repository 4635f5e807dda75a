"""Live events: what changed, in the order in which whoever looks on is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Sequence, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base

IDS = Sequence("live_event_ids", metadata=Base.metadata)


class LiveEvent(Base):
    """A change. Append-only and partitioned by day. `sequence` is given after the commit (db.queries.live_events).

    It has no primary key: `id` only says what was appended first, and an index on it would be paid by every receipt.
    """

    __tablename__ = "live_events"
    __table_args__ = (
        Index("live_events_unnumbered", "id", postgresql_where=text("sequence IS NULL")),
        Index("live_events_by_sequence", "tenant_id", "sequence", postgresql_where=text("sequence IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )
    __mapper_args__ = {"primary_key": ["id", "created_at"]}  # noqa: RUF012

    id: Mapped[int] = mapped_column(BigInteger, IDS, server_default=IDS.next_value())
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    tenant_id: Mapped[UUID]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str]
    """new_message | message_status | conversation_updated | session_status | alarm"""
    conversation_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]


class LiveSequence(Base):
    """The latest sequence number of a tenant."""

    __tablename__ = "live_sequences"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    latest: Mapped[int] = mapped_column(BigInteger)
