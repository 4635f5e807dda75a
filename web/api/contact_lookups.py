"""/v1/contact-lookup: where a tenant's own system is asked about new contacts."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db.changes import contact_lookups as changes
from db.queries import lookup_endpoints
from messaging.violations import Violation
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.inputs import below
from web.api.problems import Problem, invalid
from web.api.schemas.contact_lookups import EXAMPLE_LOOKUP, LookupEndpointShown, LookupSet, NewLookup
from web.api.services import services

blueprint = APIBlueprint("contact_lookups", __name__, tag="Contacts", url_prefix="/v1/contact-lookup")
protect(blueprint, changing=SETTINGS)


@blueprint.get("")
@blueprint.output(LookupEndpointShown, example=EXAMPLE_LOOKUP)
@blueprint.doc(operation_id="getContactLookup", responses={404: "No address is set."})
def get_lookup() -> Response:
    """Show where your system is asked about new contacts"""
    return json_answer(_endpoint())


@blueprint.put("")
@blueprint.input(NewLookup, example={"url": EXAMPLE_LOOKUP["url"]})
@blueprint.output(LookupSet, example={**EXAMPLE_LOOKUP, "secret": "whsec_…"})
@blueprint.doc(operation_id="setContactLookup")
def set_lookup(json_data: NewLookup) -> Response:
    """Set where your system is asked about new contacts

    Each is asked about once, by a POST that is signed as Standard Webhooks says. Answer with a JSON object of plain
    values, which is shown beside the conversation, or with 404. The secret is a new one each time, and shown this once.
    """
    try:
        with services().database.transaction() as connection:
            secret = changes.put(
                connection,
                services().keyring,
                current_tenant(),
                json_data.url,
                actor=current_actor(),
                allow_local=services().settings.env != "production",
            )
    except Violation as violation:
        raise invalid(below("/url", violation)) from None
    return json_answer({**_endpoint(), "secret": secret}, headers={"Cache-Control": "no-store"})


@blueprint.delete("")
@blueprint.output({}, 204, description="What was answered stays; nobody is asked any more.")
@blueprint.doc(operation_id="removeContactLookup", responses={404: "No address is set."})
def remove_lookup() -> Response:
    """Ask your system no more"""
    with services().database.transaction() as connection:
        changes.remove(connection, current_tenant(), actor=current_actor())
    return Response(status=204)


def _endpoint() -> dict[str, Any]:
    with services().database.connect() as connection:
        row = lookup_endpoints.find(connection, current_tenant())
    if row is None:
        raise Problem(404, *changes.NO_ENDPOINT)
    return {"url": row.url, "created_at": moment(row.created_at)}
