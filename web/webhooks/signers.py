"""Who may sign webhooks, kept in memory: no request waits for Postgres to learn it.

The installation's secrets come from the environment. Those of channels with a Meta app of their own are read again
every few seconds beside the requests, by one thread a process, which also writes down what the requests noticed.
"""

import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from db import app_secrets, sealed
from db.encryption import EncryptionError, Keyring
from db.engine import WEB_TIMEOUTS, build_engine
from db.queries import app_secrets as queries
from db.queries.app_secrets import OwnWebhook
from observability.logging import get_logger
from settings import Settings
from whatsapp.signature import matching_secret

REFRESH_SECONDS = 2.0
"""How long a changed secret may go unnoticed: Meta repeats at once what is refused meanwhile, and for seven days."""
NOTE_REFUSALS_EVERY_SECONDS = 60.0
"""Anybody can have a webhook refused; that must not make work for Postgres."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signer:
    """What one webhook address is verified and signed with."""

    verify_token: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    ids: tuple[UUID, ...] = ()

    def id_of(self, body: bytes, signature: str | None) -> UUID | None:
        """Return the id of the secret that signed; None: none did."""
        index = matching_secret(body, signature, self.secrets)
        return None if index is None else self.ids[index]

    def is_verify_token(self, given: str) -> bool:
        """Compare in constant time."""
        return self.verify_token is not None and hmac.compare_digest(given.encode(), self.verify_token.encode())


def installation_signer(settings: Settings) -> Signer:
    """Return what the installation's own webhook is verified and signed with."""
    given = settings.app_secrets
    return Signer(settings.verify_token, given, tuple(map(app_secrets.environment_id, given)))


class Signers:
    """The signers of one process. Without `start` it knows the installation's alone.

    Args:
        settings: database, environment's secrets, encryption keys.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.installation = installation_signer(settings)
        self._unknown = Signer(secrets.token_urlsafe(), (secrets.token_urlsafe(),), (UUID(int=0),))
        """Stands in for channels that do not exist, so that neither answer nor time tells them apart."""
        self.has_read = False
        """Until then a channel's own webhook can be neither accepted nor refused."""
        self._own: dict[UUID, Signer] = {}
        self._opened: dict[str, str] = {}
        """What is stored → what it opens to, so that nothing is decrypted twice."""
        self._noticed: dict[tuple[str, UUID | None], datetime] = {}
        self._refusals_due_at = 0.0
        self._wake = threading.Event()

    def of_channel(self, channel_id: UUID) -> Signer:
        """Return a channel's own signer; one that nothing passes for a channel that is not known."""
        return self._own.get(channel_id, self._unknown)

    def knows(self, channel_id: UUID) -> bool:
        """Tell whether a channel has a webhook of its own."""
        return channel_id in self._own

    def notice(self, what: str, channel_id: UUID | None) -> None:
        """Have it written down that a webhook was "verified" or "refused"; returns at once.

        Args:
            what: happened.
            channel_id: whose webhook; None: the installation's.
        """
        if channel_id is None or channel_id in self._own:
            self._noticed[what, channel_id] = datetime.now(UTC)
            if what == "verified":
                self._wake.set()

    def start(self, refresh_seconds: float = REFRESH_SECONDS) -> None:
        """Read what channels bring along, now and again every `refresh_seconds`, in a thread."""
        threading.Thread(target=self._run, args=(refresh_seconds,), name="signers", daemon=True).start()

    def refresh(self, connection: Connection) -> None:
        """Read the channels' own signers again."""
        found = queries.own_webhooks(connection)
        stored = {one for own in found for one in (own.verify_token, *(secret for _, secret in own.secrets))}
        self._opened = {one: opened for one, opened in self._opened.items() if one in stored}
        self._own = {own.channel_id: self._signer(own) for own in found}
        self.has_read = True

    def write_notices(self, connection: Connection) -> None:
        """Write down what was noticed: verifications at once, refusals once a minute."""
        wanted = {"verified"}
        if time.monotonic() >= self._refusals_due_at:
            wanted.add("refused")
            self._refusals_due_at = time.monotonic() + NOTE_REFUSALS_EVERY_SECONDS
        for key in [key for key in list(self._noticed) if key[0] in wanted]:
            what, channel_id = key
            at = self._noticed[key]
            if channel_id is None:
                queries.note_installation_webhook(connection, what, at)
            else:
                queries.note_webhooks(connection, what, [channel_id], at)
            if self._noticed.get(key) == at:
                del self._noticed[key]

    def _run(self, refresh_seconds: float) -> None:
        engine = build_engine(
            self._settings.database, pool_size=1, options=WEB_TIMEOUTS, application="paperboy signers"
        )
        is_away = False
        while True:
            try:
                with engine.begin() as connection:
                    self.refresh(connection)
                    self.write_notices(connection)
                is_away = False
            except Exception as error:  # without this thread no changed secret is noticed: it must outlive any error
                if not is_away:
                    log.warning("signers.not_refreshed", error=type(error).__name__)
                is_away = True
            self._wake.wait(refresh_seconds)
            self._wake.clear()

    def _signer(self, own: OwnWebhook) -> Signer:
        verify_token = self._open(own.verify_token, sealed.VERIFY_TOKEN) if own.verify_token else None
        opened = [(secret_id, self._open(secret, sealed.APP_SECRET)) for secret_id, secret in own.secrets]
        usable = [(secret_id, secret) for secret_id, secret in opened if secret]
        return Signer(verify_token, tuple(secret for _, secret in usable), tuple(secret_id for secret_id, _ in usable))

    def _open(self, stored: str, purpose: str) -> str | None:
        known = self._opened.get(stored)
        if known is None:
            try:
                known = Keyring(self._settings.encryption_keys).decrypt(stored, purpose)
            except EncryptionError as error:
                log.error("signers.secret_not_readable", reason=str(error))
                return None
            self._opened[stored] = known
        return known
