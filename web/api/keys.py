"""/v1/keys: API keys are made, listed and revoked. A key is shown once, when it is made."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.changes import keys
from db.queries import api_keys
from messaging.violations import Violation
from web.api import examples
from web.api.answers import created, json_answer, moment
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.inputs import below
from web.api.message_lookup import as_id
from web.api.pagination import decode_cursor, page
from web.api.problems import Problem, invalid
from web.api.schemas.keys import KeyList, KeyMade, KeyQuery, KeyShown, KeyWanted
from web.api.services import services

COLLECTION = "/v1/keys"

blueprint = APIBlueprint("keys", __name__, tag="API keys", url_prefix=COLLECTION)
protect(blueprint, looking=SETTINGS, changing=SETTINGS)


@blueprint.get("")
@blueprint.input(KeyQuery, location="query")
@blueprint.output(KeyList, example={"data": [examples.KEY], "next": None})
@blueprint.doc(operation_id="listKeys")
def list_keys(query_data: KeyQuery) -> Response:
    """List API keys, newest first, revoked ones as well"""
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    with services().database.connect() as connection:
        rows = api_keys.list_newest(connection, current_tenant(), before=before, limit=query_data.limit + 1)
    return json_answer(page(rows, query_data.limit, _shown))


@blueprint.post("")
@blueprint.input(KeyWanted, example=examples.KEY_WANTED)
@blueprint.output(KeyMade, 201, example=examples.KEY_MADE)
@blueprint.doc(operation_id="createKey")
def create_key(json_data: KeyWanted) -> Response:
    """Make an API key

    It is in this answer and never in another one, so there is no Idempotency-Key: a key whose answer was lost is
    revoked, and another one made.
    """
    try:
        with services().database.transaction() as connection:
            made = keys.create(
                connection,
                current_tenant(),
                actor=current_actor(),
                name=json_data.name,
                scopes=json_data.scopes,
                expires_at=json_data.expires_at,
            )
    except Violation as violation:
        raise invalid(below("", violation)) from None
    return created({**_shown(made.row), "key": made.key}, COLLECTION, str(made.row.id))


@blueprint.get("/<key_id>")
@blueprint.output(KeyShown, example=examples.KEY)
@blueprint.doc(operation_id="getKey")
def get_key(key_id: str) -> Response:
    """Show an API key, without the key itself"""
    with services().database.connect() as connection:
        row = api_keys.find_shown(connection, current_tenant(), _id(key_id))
    if row is None:
        raise _not_found()
    return json_answer(_shown(row))


@blueprint.delete("/<key_id>")
@blueprint.output({}, 204, description="It is refused from now on.")
@blueprint.doc(operation_id="revokeKey")
def revoke_key(key_id: str) -> Response:
    """Revoke an API key

    It is refused at once, by other processes within ten seconds. A key may revoke itself.
    """
    with services().database.transaction() as connection:
        keys.revoke(connection, current_tenant(), _id(key_id), actor=current_actor())
    return Response(status=204)


def _id(given: str) -> UUID:
    key_id = as_id(given)
    if key_id is None:
        raise _not_found()
    return key_id


def _not_found() -> Problem:
    return Problem(404, "key_not_found", "There is no such API key.")


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "created_at": moment(row.created_at),
        "created_by": row.created_by,
        "last_used_at": moment(row.last_used_at),
        "expires_at": moment(row.expires_at),
        "revoked_at": moment(row.revoked_at),
    }
