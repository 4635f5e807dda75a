"""Setting and removing the address at which a tenant takes alarms, with its audit line."""

from uuid import UUID

from sqlalchemy import Connection

from db import sealed
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.queries import alarms, audit, callback_endpoints
from db.queries.alarms import NewAlarm
from messaging.alarms import AlarmKind
from messaging.links import check_https
from messaging.sentences import Sentence
from messaging.standard_webhooks import new_secret

NO_ENDPOINT = ("callback_missing", Sentence("No callback address is set: set one first."))


def put(connection: Connection, keyring: Keyring, tenant_id: UUID, url: str, *, actor: str, allow_local: bool) -> str:
    """Set a tenant's address; return the new secret, this once. What was signed with the one before is over.

    Args:
        connection: in a transaction.
        keyring: encrypts the secret.
        tenant_id: whose.
        url: https.
        actor: for the audit log.
        allow_local: also plain http to this machine (development).

    Raises:
        Violation: the address cannot be used.
    """
    checked = check_https(url.strip(), allow_local=allow_local)
    secret = new_secret()
    callback_endpoints.put(connection, tenant_id, checked, keyring.encrypt(secret, sealed.CALLBACK_SECRET))
    audit.write(connection, tenant_id, actor=actor, action="callback.set", target=checked)
    return secret


def remove(connection: Connection, tenant_id: UUID, *, actor: str) -> None:
    """Forget a tenant's address.

    Raises:
        NotFoundError: there is none.
    """
    if not callback_endpoints.remove(connection, tenant_id):
        raise NotFoundError(*NO_ENDPOINT)
    audit.write(connection, tenant_id, actor=actor, action="callback.removed", target="callback")


def try_out(connection: Connection, tenant_id: UUID) -> None:
    """Raise an alarm that says nothing, to see whether it arrives.

    Raises:
        Refusal: there is no address.
    """
    if callback_endpoints.find(connection, tenant_id) is None:
        raise Refusal(*NO_ENDPOINT)
    alarms.raise_alarms(connection, [NewAlarm(tenant_id, AlarmKind.TEST, "callback", {})])
