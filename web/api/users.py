"""/v1/users: people are listed, invited, given roles and switched off."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.changes import invitations, people
from db.queries import users
from web.api import examples
from web.api.answers import created, json_answer, moment
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.message_lookup import as_id
from web.api.pagination import decode_cursor, page
from web.api.problems import Problem
from web.api.schemas.users import UserChange, UserInvited, UserList, UserQuery, UserShown, UserWanted
from web.api.services import services

COLLECTION = "/v1/users"

blueprint = APIBlueprint("users", __name__, tag="Users", url_prefix=COLLECTION)
protect(blueprint, looking=SETTINGS, changing=SETTINGS)


@blueprint.get("")
@blueprint.input(UserQuery, location="query")
@blueprint.output(UserList, example={"data": [examples.USER], "next": None})
@blueprint.doc(operation_id="listUsers")
def list_users(query_data: UserQuery) -> Response:
    """List users, newest first"""
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    with services().database.connect() as connection:
        rows = users.list_newest(connection, current_tenant(), before=before, limit=query_data.limit + 1)
    return json_answer(page(rows, query_data.limit, shown))


@blueprint.post("")
@blueprint.input(UserWanted, example=examples.USER_WANTED)
@blueprint.output(UserInvited, 201, example=examples.USER_INVITED)
@blueprint.doc(operation_id="inviteUser", responses={409: "Somebody has this login."})
def invite_user(json_data: UserWanted) -> Response:
    """Invite a person

    The answer has a link with which the person sets a password; it is shown this once and holds for seven days.
    Inviting somebody again who has not come yet makes another link and ends the one before it.
    """
    with services().database.transaction() as connection:
        made = invitations.invite(
            connection,
            current_tenant(),
            actor=current_actor(),
            login=json_data.login,
            role=json_data.role,
            name=json_data.name or "",
            language=json_data.language,
        )
    link = {"url": invitations.link(services().settings, made.token), "expires_at": moment(made.expires_at)}
    return created({**shown(made.user), "invitation": link}, COLLECTION, str(made.user.id))


@blueprint.get("/<user_id>")
@blueprint.output(UserShown, example=examples.USER)
@blueprint.doc(operation_id="getUser")
def get_user(user_id: str) -> Response:
    """Show a user"""
    with services().database.connect() as connection:
        row = users.find(connection, current_tenant(), _id(user_id))
    if row is None:
        raise _not_found()
    return json_answer(shown(row))


@blueprint.patch("/<user_id>")
@blueprint.input(UserChange, example={"role": "viewer"})
@blueprint.output(UserShown, example={**examples.USER, "role": "viewer"})
@blueprint.doc(operation_id="changeUser", responses={409: "The last owner stays owner."})
def change_user(user_id: str, json_data: UserChange) -> Response:
    """Change a user's role or name, or switch the user off"""
    with services().database.transaction() as connection:
        row = people.change(
            connection,
            current_tenant(),
            _id(user_id),
            actor=current_actor(),
            **json_data.model_dump(exclude_none=True),
        )
    return json_answer(shown(row))


def _id(given: str) -> UUID:
    user_id = as_id(given)
    if user_id is None:
        raise _not_found()
    return user_id


def _not_found() -> Problem:
    return Problem(404, "user_not_found", "There is no such user.")


def shown(row: Any) -> dict[str, Any]:
    """Return a user as the API shows one."""
    return {
        "id": str(row.id),
        "login": row.login,
        "name": row.name,
        "role": row.role,
        "language": row.language,
        "state": _state(row),
        "is_active": row.is_active,
        "last_login_at": moment(row.last_login_at),
        "failed_logins": row.failed_logins,
        "locked_until": moment(row.locked_until),
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def _state(row: Any) -> str:
    if not row.is_active:
        return "inactive"
    return "active" if row.has_password else "invited"
