"""Connecting channels and changing their credentials: what pages, API and commands all do, with its audit line.

Secrets come in plain, are encrypted here and never come back, except a verify token to whoever sets Meta's side up.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from db import app_secrets, sealed
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.ids import new_id
from db.queries import app_secrets as secret_queries
from db.queries import audit, channel_checks, outbox
from db.queries import channel_credentials as queries
from messaging.sentences import Sentence
from messaging.violations import Violation

NO_CHANNEL = ("channel_not_found", Sentence("There is no such channel."))
TAKEN = Sentence(
    "This number is connected already. If it is yours and not in your list, ask whoever runs this installation."
)
ASKED_WITH = frozenset({"access_token", "waba_id", "app_secret"})
"""What was found out at Meta with the ones before says nothing about others."""
MASK = "••••"
SHOWN_OF_LONG_SECRETS = 4
LONG_SECRET = 16
LONGEST_TOKEN = 4096
LONGEST_NAME = 100
_ID = re.compile(r"[0-9]{5,32}")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(slots=True, frozen=True)
class Wanted:
    """What a channel shall be; None and "" leave things as they are. Tokens may have blanks and line ends around."""

    phone_number_id: str | None = None
    waba_id: str | None = None
    display_phone_number: str | None = None
    name: str | None = None
    access_token: str | None = field(default=None, repr=False)
    verify_token: str | None = field(default=None, repr=False)
    app_secret: str | None = field(default=None, repr=False)
    is_active: bool | None = None


def pasted(text: str | None) -> str:
    """Return a token without the blanks and line ends that come with pasting."""
    return "".join((text or "").split())


def masked(secret: str | None) -> str | None:
    """Return what may be shown of a secret: its last characters, when it is long."""
    if not secret:
        return None
    return MASK + (secret[-SHOWN_OF_LONG_SECRETS:] if len(secret) >= LONG_SECRET else "")


class ChannelSettings:
    """Changes of one tenant's channels by one actor, in the caller's transaction.

    Args:
        connection: in a transaction.
        keyring: encrypts.
        tenant_id: whose channels.
        actor: for the audit log, such as "key:bootstrap" or "cli".
        is_vouched_for: who acts has the machine; everybody else's numbers and accounts are theirs once Meta confirms.
    """

    def __init__(
        self, connection: Connection, keyring: Keyring, tenant_id: UUID, actor: str, *, is_vouched_for: bool = False
    ) -> None:
        self._unproved_since = None if is_vouched_for else datetime.now(UTC)
        self.to_prove: set[UUID] = set()
        """Channels whose number and account Meta is to be asked about once the transaction is committed."""
        self._connection = connection
        self._keyring = keyring
        self._tenant_id = tenant_id
        self._actor = actor

    def connect(self, wanted: Wanted) -> UUID:
        """Connect a number and return the channel's id.

        Raises:
            Violation: something is missing or malformed; `at` names the field.
            Refusal: it is connected, here or elsewhere.
        """
        token = _token(wanted.access_token, "access_token")
        if not token:
            missing = Sentence("the access token is missing; create one for a system user in Meta's settings")
            raise Violation(missing, "access_token")
        phone_number_id = _meta_id(wanted.phone_number_id, "phone_number_id")
        if not phone_number_id:
            missing = Sentence("the phone number id is missing; copy it from Meta's page API Setup")
            raise Violation(missing, "phone_number_id")
        values = {
            "id": new_id(),
            "tenant_id": self._tenant_id,
            "name": _name(wanted.name),
            "phone_number_id": phone_number_id,
            "waba_id": _meta_id(wanted.waba_id, "waba_id"),
            "display_phone_number": _name(wanted.display_phone_number, "display_phone_number"),
            "access_token": self._keyring.encrypt(token, sealed.ACCESS_TOKEN),
            "verify_token": self._sealed_verify_token(wanted.verify_token or secrets.token_urlsafe(24)),
            "is_active": wanted.is_active is not False,
            "unproved_since": self._unproved_since,
        }
        app_secret = _token(wanted.app_secret, "app_secret")
        channel_id = queries.connect(self._connection, values)
        if channel_id is None:
            raise Refusal("number_taken", TAKEN)
        if app_secret:
            self._add_secret(channel_id, app_secret)
        self.to_prove.add(channel_id)
        self._note("channel.connected", channel_id, phone_number_id=phone_number_id)
        return channel_id

    def update(self, channel_id: UUID, wanted: Wanted) -> None:
        """Change a channel.

        Raises:
            NotFoundError: the tenant has none with this id.
            Violation: something is malformed, or it would become another number.
        """
        channel = self._found(channel_id)
        number = _meta_id(wanted.phone_number_id, "phone_number_id")
        if number and number != channel.phone_number_id:
            kept = Sentence("a channel keeps its number; connect the other one as a channel of its own")
            raise Violation(kept, "phone_number_id")
        changed = self._changes(channel, wanted)
        app_secret = _token(wanted.app_secret, "app_secret")
        if changed:
            queries.change(self._connection, self._tenant_id, channel_id, changed, self._unproved_since)
            self.to_prove.add(channel_id)
        names = [*changed]
        if app_secret and self._add_secret(channel_id, app_secret):
            names.append("app_secret")
        if not ASKED_WITH.isdisjoint(names):
            channel_checks.forget(self._connection, self._tenant_id, channel_id)
        if names:
            self._note("channel.changed", channel_id, fields=sorted(names))

    def save(self, wanted: Wanted) -> UUID:
        """Make `wanted` the tenant's one configuration (S0.4, S2.4): connect, change, or move to another number.

        Raises:
            Violation: something is missing or malformed.
            Refusal: the number is connected elsewhere.
        """
        channel = queries.find_first(self._connection, self._tenant_id)
        if channel is None:
            return self.connect(wanted)
        number = _meta_id(wanted.phone_number_id, "phone_number_id")
        if not number or number == channel.phone_number_id:
            self.update(channel.id, wanted)
            return UUID(str(channel.id))
        return self._move(channel, wanted)

    def disconnect(self, channel_id: UUID) -> None:
        """Erase a channel's credentials and cancel what waits to be sent from it; its messages stay.

        Raises:
            NotFoundError: the tenant has none with this id.
        """
        self._found(channel_id)
        secret_queries.retire_all(self._connection, self._tenant_id, channel_id)
        queries.disconnect(self._connection, self._tenant_id, channel_id)
        channel_checks.forget(self._connection, self._tenant_id, channel_id)
        cancelled = outbox.cancel_channel(self._connection, self._tenant_id, channel_id)
        self._note("channel.disconnected", channel_id, cancelled=cancelled)

    def drop_secret(self, channel_id: UUID, secret_id: UUID) -> None:
        """Erase an app secret of a channel.

        Raises:
            NotFoundError: there is no such channel, or no such secret of it.
        """
        if not secret_queries.retire(self._connection, self._tenant_id, channel_id, secret_id):
            raise NotFoundError(*NO_CHANNEL)
        self._note("channel.app_secret_dropped", channel_id, app_secret_id=str(secret_id))

    def verify_token(self, channel_id: UUID) -> str | None:
        """Return a channel's verify token in plain, for the person who enters it in Meta's console."""
        stored = self._found(channel_id).verify_token
        return self._keyring.decrypt(stored, sealed.VERIFY_TOKEN) if stored else None

    def _move(self, channel: Row[Any], wanted: Wanted) -> UUID:
        token = pasted(wanted.access_token) or self._keyring.decrypt(channel.access_token, sealed.ACCESS_TOKEN)
        stored = channel.verify_token
        kept = self._keyring.decrypt(stored, sealed.VERIFY_TOKEN) if stored else None
        moved = Wanted(
            phone_number_id=wanted.phone_number_id,
            waba_id=wanted.waba_id or channel.waba_id,
            display_phone_number=wanted.display_phone_number,
            name=wanted.name or channel.name,
            access_token=token,
            verify_token=wanted.verify_token or kept,
            app_secret=wanted.app_secret,
            is_active=channel.is_active if wanted.is_active is None else wanted.is_active,
        )
        channel_id = self.connect(moved)
        self.disconnect(channel.id)
        return channel_id

    def _changes(self, channel: Row[Any], wanted: Wanted) -> dict[str, Any]:
        """Return the columns that become others; the same token again is no change."""
        given = {
            "name": _name(wanted.name),
            "waba_id": _meta_id(wanted.waba_id, "waba_id"),
            "display_phone_number": _name(wanted.display_phone_number, "display_phone_number"),
            "is_active": wanted.is_active,
        }
        changed = {name: value for name, value in given.items() if value not in (None, getattr(channel, name))}
        token = _token(wanted.access_token, "access_token")
        if token and token != self._keyring.decrypt(channel.access_token, sealed.ACCESS_TOKEN):
            changed["access_token"] = self._keyring.encrypt(token, sealed.ACCESS_TOKEN)
        verify_token = _token(wanted.verify_token, "verify_token")
        known = self._keyring.decrypt(channel.verify_token, sealed.VERIFY_TOKEN) if channel.verify_token else None
        if verify_token and verify_token != known:
            changed["verify_token"] = self._sealed_verify_token(verify_token)
        return changed

    def _sealed_verify_token(self, given: str) -> str:
        return self._keyring.encrypt(_token(given, "verify_token"), sealed.VERIFY_TOKEN)

    def _add_secret(self, channel_id: UUID, app_secret: str) -> bool:
        return secret_queries.add(
            self._connection,
            self._tenant_id,
            channel_id,
            secret_id=new_id(),
            secret=self._keyring.encrypt(app_secret, sealed.APP_SECRET),
            digest=app_secrets.digest_of(app_secret),
        )

    def _found(self, channel_id: UUID) -> Row[Any]:
        channel = queries.find(self._connection, self._tenant_id, channel_id)
        if channel is None:
            raise NotFoundError(*NO_CHANNEL)
        return channel

    def _note(self, action: str, channel_id: UUID, **details: Any) -> None:
        audit.write(
            self._connection, self._tenant_id, actor=self._actor, action=action, target=str(channel_id), **details
        )


def is_from_environment(channel: Row[Any], access_token: str) -> bool:
    """Tell whether a channel's token is the one that the environment gave."""
    return bool(channel.environment_token_digest == hashlib.sha256(access_token.encode()).digest())


def _token(given: str | None, place: str) -> str:
    token = pasted(given)
    if not token:
        return ""
    if token.startswith(MASK[0]):
        raise Violation(Sentence("this is the masked form; paste the whole value, or leave it empty to keep it"), place)
    if not _VISIBLE.fullmatch(token):
        raise Violation(Sentence("the value has characters that no token has; copy it again"), place)
    if len(token) > LONGEST_TOKEN:
        raise Violation(Sentence("the value is longer than {most} characters", most=LONGEST_TOKEN), place)
    return token


def _meta_id(given: str | None, place: str) -> str | None:
    digits = pasted(given)
    if not digits:
        return None
    if not _ID.fullmatch(digits):
        raise Violation(Sentence("this is no id of Meta's: it has 5 to 32 digits and is no phone number"), place)
    return digits


def _name(given: str | None, place: str = "name") -> str | None:
    name = " ".join((given or "").split())
    if len(name) > LONGEST_NAME:
        raise Violation(Sentence("the text is longer than {most} characters", most=LONGEST_NAME), place)
    if not name.isprintable():
        raise Violation(Sentence("the text has control characters"), place)
    return name or None
