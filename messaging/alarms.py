"""Alarms: their kinds."""

from enum import StrEnum


class AlarmKind(StrEnum):
    """What happened."""

    SESSION_DISCONNECTED = "session.disconnected"
    """A session that was connected is not, and nobody here asked for it."""
    SESSION_CONNECTED = "session.connected"
    """One that was said to be disconnected is back."""
    SESSION_SILENT = "session.silent"
    """A session calls itself connected, and brings nothing for far longer than it usually does."""
    TEST = "test"
