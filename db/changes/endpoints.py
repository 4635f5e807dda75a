"""Setting and removing the addresses of a tenant's own system, with their audit lines."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from db.changes.refusal import NotFoundError, Refusal
from db.encryption import Keyring
from db.queries import audit, endpoints
from db.queries.endpoints import CALLBACK, LOOKUP, EndpointKind
from messaging.links import check_https
from messaging.sentences import Sentence
from messaging.standard_webhooks import new_secret

MISSING: Final[Mapping[EndpointKind, tuple[str, Sentence]]] = {
    CALLBACK: ("callback_missing", Sentence("No callback address is set: set one first.")),
    LOOKUP: ("lookup_missing", Sentence("No address of a system of yours is set: set one first.")),
}
"""Code and words of the refusal where a tenant has no such address."""


def put(
    connection: Connection,
    kind: EndpointKind,
    keyring: Keyring,
    tenant_id: UUID,
    url: str,
    *,
    actor: str,
    allow_local: bool,
) -> str:
    """Set a tenant's address; return the new secret, this once. What was signed with the one before is over.

    Args:
        connection: in a transaction.
        kind: what is posted there.
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
    endpoints.put(connection, kind, tenant_id, checked, keyring.encrypt(secret, kind.purpose))
    audit.write(connection, tenant_id, actor=actor, action=f"{kind.name}.set", target=checked)
    return secret


def remove(connection: Connection, kind: EndpointKind, tenant_id: UUID, *, actor: str) -> None:
    """Forget a tenant's address.

    Raises:
        NotFoundError: there is none.
    """
    if not endpoints.remove(connection, kind, tenant_id):
        raise NotFoundError(*MISSING[kind])
    audit.write(connection, tenant_id, actor=actor, action=f"{kind.name}.removed", target=kind.name)


def require(connection: Connection, kind: EndpointKind, tenant_id: UUID) -> None:
    """Refuse what needs an address where there is none.

    Raises:
        Refusal: there is none.
    """
    if endpoints.find(connection, kind, tenant_id) is None:
        raise Refusal(*MISSING[kind])
