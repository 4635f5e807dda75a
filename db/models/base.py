"""What all tables share."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from db.ids import new_id


class Base(DeclarativeBase):
    """Declarative base; text columns are TEXT, times are timestamptz, JSON is jsonb."""

    type_annotation_map = {  # noqa: RUF012
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
    }


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
TenantId = Annotated[UUID, mapped_column(ForeignKey("tenants.id"), index=False)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
