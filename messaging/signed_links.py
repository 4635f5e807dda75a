"""Links that open one thing for a short time without a key: signed, so that nobody can make or prolong one."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

LIFETIME = timedelta(minutes=10)
"""Long enough to open a thread and play what is in it, too short to be passed on."""

_PURPOSE = b"paperboy media link"


def sign(keys: Sequence[str], tenant_id: UUID, file_id: UUID, now: datetime) -> tuple[int, str]:
    """Return when a link ends (Unix seconds) and its signature.

    Args:
        keys: secrets of the installation, the newest first; the first signs.
        tenant_id: whose file it is.
        file_id: which file.
        now: aware.
    """
    ends_at = int((now + LIFETIME).timestamp())
    return ends_at, _signature(keys[0], tenant_id, file_id, ends_at)


def is_genuine(
    keys: Sequence[str], tenant_id: UUID, file_id: UUID, *, ends_at: int, signature: str, now: datetime
) -> bool:
    """Tell whether a link was made here and has not ended."""
    made = [_signature(key, tenant_id, file_id, ends_at) for key in keys]
    matches = [hmac.compare_digest(one.encode(), signature.encode()) for one in made]
    return any(matches) and now.timestamp() < ends_at


def _signature(key: str, tenant_id: UUID, file_id: UUID, ends_at: int) -> str:
    own_key = hmac.digest(key.encode(), _PURPOSE, hashlib.sha256)
    return hmac.digest(own_key, tenant_id.bytes + file_id.bytes + ends_at.to_bytes(8), hashlib.sha256).hex()
