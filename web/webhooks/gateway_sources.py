"""Which sessions may post webhooks and what proves them, kept in memory: no request waits for Postgres to learn it."""

import threading
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from db import sealed
from db.encryption import EncryptionError, Keyring
from db.engine import WEB_TIMEOUTS, build_engine
from db.queries import gateway_sources as queries
from db.queries.gateway_sources import ReceivingSource
from gateways.kinds import Kind, Proof
from observability.logging import get_logger
from settings import Settings

REFRESH_SECONDS = 2.0
"""How long a session that was just registered is not known."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receiving:
    """A session whose webhooks are taken."""

    channel_id: UUID
    kind: Kind
    proof: Proof
    secrets: tuple[str, ...] = field(repr=False)
    ids: tuple[UUID, ...]


class GatewaySources:
    """The sessions that one process takes webhooks of. Without `start` it knows none.

    Args:
        settings: database, encryption keys.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.has_read = False
        """Until then a session's webhook can be neither accepted nor refused."""
        self._by_name: dict[str, Receiving] = {}
        self._opened: dict[str, str] = {}
        """What is stored → what it opens to, so that nothing is decrypted twice."""

    def find(self, session_id: str) -> Receiving | None:
        """Return a session by the name in its webhook's address."""
        return self._by_name.get(session_id)

    def start(self, refresh_seconds: float = REFRESH_SECONDS) -> None:
        """Read the sessions now and again every `refresh_seconds`, in a thread."""
        threading.Thread(target=self._run, args=(refresh_seconds,), name="gateway-sources", daemon=True).start()

    def refresh(self, connection: Connection) -> None:
        """Read the sessions again."""
        found = queries.receiving(connection)
        stored = {secret for one in found for _, secret in one.secrets}
        self._opened = {one: opened for one, opened in self._opened.items() if one in stored}
        self._by_name = {one.session_id: self._receiving(one) for one in found}
        self.has_read = True

    def _run(self, refresh_seconds: float) -> None:
        engine = build_engine(
            self._settings.database, pool_size=1, options=WEB_TIMEOUTS, application="paperboy gateway sources"
        )
        pause = threading.Event()
        is_away = False
        while True:
            try:
                with engine.begin() as connection:
                    self.refresh(connection)
                is_away = False
            except Exception as error:  # without this thread no new session is noticed: it must outlive any error
                if not is_away:
                    log.warning("gateway_sources.not_refreshed", error=type(error).__name__)
                is_away = True
            pause.wait(refresh_seconds)

    def _receiving(self, one: ReceivingSource) -> Receiving:
        opened = [(secret_id, self._open(secret)) for secret_id, secret in one.secrets]
        usable = [(secret_id, secret) for secret_id, secret in opened if secret]
        return Receiving(
            channel_id=one.channel_id,
            kind=Kind(one.kind),
            proof=Proof(one.proof),
            secrets=tuple(secret for _, secret in usable),
            ids=tuple(secret_id for secret_id, _ in usable),
        )

    def _open(self, stored: str) -> str | None:
        known = self._opened.get(stored)
        if known is None:
            try:
                known = Keyring(self._settings.encryption_keys).decrypt(stored, sealed.APP_SECRET)
            except EncryptionError as error:
                log.error("gateway_sources.secret_not_readable", reason=str(error))
                return None
            self._opened[stored] = known
        return known
