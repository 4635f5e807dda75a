"""Setting and removing the address at which a tenant's system is asked about contacts, with its audit line."""

from uuid import UUID

from sqlalchemy import Connection

from db import sealed
from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.queries import audit, contact_lookups, lookup_endpoints
from messaging.links import check_https
from messaging.sentences import Sentence
from messaging.standard_webhooks import new_secret

NO_ENDPOINT = ("lookup_missing", Sentence("No address of a system of yours is set: set one first."))


def put(connection: Connection, keyring: Keyring, tenant_id: UUID, url: str, *, actor: str, allow_local: bool) -> str:
    """Set a tenant's address; return the new secret, this once.

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
    lookup_endpoints.put(connection, tenant_id, checked, keyring.encrypt(secret, sealed.LOOKUP_SECRET))
    audit.write(connection, tenant_id, actor=actor, action="lookup.set", target=checked)
    return secret


def remove(connection: Connection, tenant_id: UUID, *, actor: str) -> None:
    """Forget a tenant's address.

    Raises:
        NotFoundError: there is none.
    """
    if not lookup_endpoints.remove(connection, tenant_id):
        raise NotFoundError(*NO_ENDPOINT)
    audit.write(connection, tenant_id, actor=actor, action="lookup.removed", target="lookup")


def ask_again(connection: Connection, tenant_id: UUID, contact_id: UUID) -> None:
    """Ask about a contact of the tenant anew.

    Raises:
        Refusal: no address is set.
    """
    if lookup_endpoints.find(connection, tenant_id) is None:
        raise Refusal(*NO_ENDPOINT)
    contact_lookups.ask_again(connection, tenant_id, contact_id)
