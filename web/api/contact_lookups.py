"""/v1/contact-lookup: where a tenant's own system is asked about new contacts."""

from apiflask import APIBlueprint
from flask import Response

from db.queries.endpoints import LOOKUP
from web.api import endpoints
from web.api.auth import SETTINGS, protect
from web.api.schemas.endpoints import EndpointSet, EndpointShown, NewEndpoint, example

EXAMPLE_LOOKUP = example("https://erp.example.com/who-is")

blueprint = APIBlueprint("contact_lookups", __name__, tag="Contacts", url_prefix="/v1/contact-lookup")
protect(blueprint, changing=SETTINGS)


@blueprint.get("")
@blueprint.output(EndpointShown, example=EXAMPLE_LOOKUP)
@blueprint.doc(operation_id="getContactLookup", responses={404: "No address is set."})
def get_lookup() -> Response:
    """Show where your system is asked about new contacts"""
    return endpoints.show(LOOKUP)


@blueprint.put("")
@blueprint.input(NewEndpoint, example={"url": EXAMPLE_LOOKUP["url"]})
@blueprint.output(EndpointSet, example={**EXAMPLE_LOOKUP, "secret": "whsec_…"})
@blueprint.doc(operation_id="setContactLookup")
def set_lookup(json_data: NewEndpoint) -> Response:
    """Set where your system is asked about new contacts

    Each is asked about once, by a POST that is signed as Standard Webhooks says. Answer with a JSON object of plain
    values, which is shown beside the conversation, or with 404. The secret is a new one each time, and shown this once.
    """
    return endpoints.put(LOOKUP, json_data.url)


@blueprint.delete("")
@blueprint.output({}, 204, description="What was answered stays; nobody is asked any more.")
@blueprint.doc(operation_id="removeContactLookup", responses={404: "No address is set."})
def remove_lookup() -> Response:
    """Ask your system no more"""
    return endpoints.remove(LOOKUP)
