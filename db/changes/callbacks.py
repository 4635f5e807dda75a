"""Trying out the address at which a tenant takes alarms."""

from uuid import UUID

from sqlalchemy import Connection

from db.changes import endpoints
from db.queries import alarms
from db.queries.alarms import NewAlarm
from db.queries.endpoints import CALLBACK
from messaging.alarms import AlarmKind


def try_out(connection: Connection, tenant_id: UUID) -> None:
    """Raise an alarm that says nothing, to see whether it arrives.

    Raises:
        Refusal: there is no address.
    """
    endpoints.require(connection, CALLBACK, tenant_id)
    alarms.raise_alarms(connection, [NewAlarm(tenant_id, AlarmKind.TEST, "callback", {})])
