"""Sessions in the founding shapes (S3.5, S3.7): flags, buckets, the QR for those who may see it."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from db import sealed
from db.encryption import EncryptionError, Keyring
from gateways.qr_images import qr_image
from gateways.state_machine import bucket, flags
from observability.logging import get_logger

BUCKETS = ("connected", "disconnected", "loading", "needsQR", "error")
FLAG_NAMES = {"isConnected": "is_connected", "needsQR": "needs_qr", "isLoading": "is_loading", "hasError": "has_error"}

log = get_logger(__name__)


def status_data(row: Row[Any], keyring: Keyring | None) -> dict[str, Any]:
    """Return a session's status.

    Args:
        row: db.queries.gateway_sources.shown.
        keyring: opens the QR; None: the caller may not see it.
    """
    qr = _opened(row, keyring) if keyring is not None and row.has_qr else None
    return {**_common(row), "qr": qr, "qrImage": None if qr is None else qr_image(qr)}


def list_item(row: Row[Any]) -> dict[str, Any]:
    """Return a session as it stands in the list, which never holds a QR (S3.50)."""
    return {**_common(row), "qr": None, "hasQR": row.has_qr, "lastUpdated": milliseconds(row.updated_at)}


def summary(rows: Iterable[Row[Any]]) -> dict[str, int]:
    """Count sessions in disjoint buckets."""
    counts = Counter(bucket(row.status, has_qr=row.has_qr) for row in rows)
    return {**{name: counts[name] for name in BUCKETS}, "total": counts.total()}


def matches(row: Row[Any], wanted: str) -> bool:
    """Tell whether a session has a status: a bucket's or a flag's name, or the raw word (S3.6)."""
    if wanted in FLAG_NAMES:
        return bool(getattr(flags(row.status, has_qr=row.has_qr), FLAG_NAMES[wanted]))
    return wanted in (row.status, bucket(row.status, has_qr=row.has_qr))


def milliseconds(at: datetime) -> str:
    """Return a time as the founding system wrote it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _common(row: Row[Any]) -> dict[str, Any]:
    told = flags(row.status, has_qr=row.has_qr)
    return {
        "sessionId": row.session_id,
        "status": row.status,
        "message": row.message,
        "userId": row.user_id,
        "createdAt": milliseconds(row.created_at),
        "updatedAt": milliseconds(row.updated_at),
        "isConnected": told.is_connected,
        "needsQR": told.needs_qr,
        "isLoading": told.is_loading,
        "hasError": told.has_error,
    }


def _opened(row: Row[Any], keyring: Keyring) -> str | None:
    try:
        return keyring.decrypt(row.qr, sealed.SESSION_QR)
    except EncryptionError as error:
        log.error("session.qr_not_readable", channel_id=str(row.channel_id), reason=str(error))
        return None
