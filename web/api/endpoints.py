"""Addresses of a tenant's own system over the API, of whatever kind."""

from typing import Any
from uuid import UUID

from flask import Response

from db.changes import endpoints as changes
from db.queries import endpoints
from db.queries.endpoints import EndpointKind
from messaging.violations import Violation
from web.api.answers import json_answer, moment
from web.api.auth import current_actor, current_tenant
from web.api.inputs import below
from web.api.problems import Problem, invalid
from web.api.services import services


def store(kind: EndpointKind, tenant_id: UUID, url: str, actor: str) -> str:
    """Set a tenant's address; return its new secret, this once.

    Raises:
        Violation: the address cannot be used.
    """
    keyring, is_local = services().keyring, services().settings.env != "production"
    with services().database.transaction() as connection:
        return changes.put(connection, kind, keyring, tenant_id, url, actor=actor, allow_local=is_local)


def show(kind: EndpointKind) -> Response:
    """Answer with the caller's address.

    Raises:
        Problem: there is none.
    """
    return json_answer(_shown(kind))


def put(kind: EndpointKind, url: str) -> Response:
    """Set the caller's address; answer with it and its new secret, which no cache may keep.

    Raises:
        Problem: the address cannot be used.
    """
    try:
        secret = store(kind, current_tenant(), url, current_actor())
    except Violation as violation:
        raise invalid(below("/url", violation)) from None
    return json_answer({**_shown(kind), "secret": secret}, headers={"Cache-Control": "no-store"})


def remove(kind: EndpointKind) -> Response:
    """Forget the caller's address.

    Raises:
        NotFoundError: there is none.
    """
    with services().database.transaction() as connection:
        changes.remove(connection, kind, current_tenant(), actor=current_actor())
    return Response(status=204)


def _shown(kind: EndpointKind) -> dict[str, Any]:
    with services().database.connect() as connection:
        row = endpoints.find(connection, kind, current_tenant())
    if row is None:
        raise Problem(404, *changes.MISSING[kind])
    return {"url": row.url, "created_at": moment(row.created_at)}
