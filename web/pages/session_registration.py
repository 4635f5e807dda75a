"""/settings/new-session: registering a session of a gateway, and the address and secret that it has to be given."""

import re
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from db import gateway_settings
from db.gateway_settings import SessionLimitError, SessionTakenError, WantedSession
from gateways.kinds import CAPABILITIES, Kind, Proof
from messaging.sentences import Sentence
from messaging.violations import Violation
from web.api.gateways import webhook_url
from web.api.schemas.gateways import SESSION_ID
from web.api.services import services
from web.people.rendering import page
from web.people.sessions import require_role, the_user

KIND_NAMES: Final = {
    Kind.WAHA: "WAHA",
    Kind.EVOLUTION: "Evolution API",
    Kind.WWEBJS: "wwebjs-api",
    Kind.WPPCONNECT: "WPPConnect",
    Kind.FOUNDING: "WHATSAPP_SERVER_API",
}
"""Products' own names; the founding system's gateway goes by its variable."""
BAD_NAME: Final = Sentence("Give the session's name at the gateway: letters, digits, dots, dashes, without blanks.")
BAD_ADDRESS: Final = Sentence("Give the gateway's address, for example http://127.0.0.1:3000.")
NO_KEY: Final = Sentence("Give the key of the gateway's API.")
TAKEN: Final = Sentence("A session of this name is registered already.")
REFUSED_FIELDS: Final = {"base_url": BAD_ADDRESS, "api_key": NO_KEY}

blueprint = Blueprint("session_registration", __name__, url_prefix="/settings/new-session")


@blueprint.get("")
@require_role("owner")
def show() -> Response:
    """The form."""
    return _form()


@blueprint.post("")
@require_role("owner")
def register() -> Response:
    """Register it and show its webhook's address and secret, this once."""
    user, form = the_user(), request.form
    kind, name = form.get("kind", ""), form.get("session_id", "").strip()
    if kind not in KIND_NAMES or not re.fullmatch(SESSION_ID, name):
        return _form(422, {"session_id": BAD_NAME})
    proof = CAPABILITIES[Kind(kind)].proofs[0]
    wanted = WantedSession(
        kind=kind,
        session_id=name,
        base_url=form.get("base_url", "").strip(),
        api_key=form.get("api_key", "").strip(),
        proof=proof,
        secret=None,
        user_id=None,
    )
    try:
        with services().database.transaction() as connection:
            made = gateway_settings.register(connection, services().keyring, user.tenant_id, user.actor, wanted)
    except Violation as violation:
        return _form(422, {violation.at: REFUSED_FIELDS[violation.at]})
    except SessionTakenError:
        return _form(422, {"session_id": TAKEN})
    except SessionLimitError as limit:
        return _form(422, {"session_id": Sentence("Your plan allows {count} sessions.", count=limit.allowed)})
    services().tenants.forget(user.tenant_id)
    query = "?" + urlencode({"secret": made.secret}) if proof is Proof.URL_SECRET else ""
    return page(
        "settings/session_registered.html", session_id=name, webhook_url=webhook_url(name) + query, secret=made.secret
    )


def _form(status: int = 200, errors: dict[str, Sentence] | None = None) -> Response:
    return page("settings/session_new.html", status, kinds=KIND_NAMES, given=request.form, errors=errors or {})
