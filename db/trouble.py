"""Which errors are Postgres's own trouble and pass, and which are the statement's fault and stay."""

from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

TROUBLE_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
"""Postgres: Appendix A. Error Codes. Connection, deadlock, resources, lock timeout, shutdown and time limit, system."""

STATEMENT_TIMEOUT = "57014"
"""The one trouble that may be the statement's own fault."""


def is_trouble_of_postgres(error: BaseException) -> bool:
    """Tell whether the same statement may succeed later, unchanged."""
    if isinstance(error, PoolTimeoutError | InvalidRequestError):
        return True  # no connection could be had; the pool says InvalidRequestError when several in a row were dead
    return is_connection_lost(error) or sqlstate(error)[:2] in TROUBLE_CLASSES


def is_connection_lost(error: BaseException) -> bool:
    """Tell whether Postgres could not be reached or hung up."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or (type(error.orig).__name__ == "OperationalError" and not sqlstate(error))


def sqlstate(error: BaseException) -> str:
    """Return Postgres's five-character code of an error; "" when it has none."""
    return (getattr(error.orig, "sqlstate", None) or "") if isinstance(error, DBAPIError) else ""
