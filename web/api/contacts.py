"""/v1/contacts: people, what the business knows of them, what they want to get; forgotten on request."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from db.changes import contact_lookups as lookups
from db.ids import new_id
from db.queries import audit, contact_book, contact_list
from db.queries import consent as consent_queries
from db.queries.consent import KeptChange
from messaging.consent import Change, fold
from messaging.identity import phone_key
from tasks.media_storage import media_storage
from web.api import conversation_examples as examples
from web.api.answers import json_answer, moment
from web.api.auth import current_actor, current_tenant, protect
from web.api.message_lookup import as_id
from web.api.pagination import decode_cursor, page
from web.api.problems import Fault, Problem, invalid
from web.api.recipients import contact_columns
from web.api.schemas.contacts import (
    ConsentHistory,
    ConsentWanted,
    ContactChanges,
    ContactList,
    ContactQuery,
    ContactShown,
)
from web.api.services import services

COLLECTION = "/v1/contacts"

blueprint = APIBlueprint("contacts", __name__, tag="Contacts", url_prefix=COLLECTION)
protect(blueprint)


@blueprint.get("")
@blueprint.input(ContactQuery, location="query")
@blueprint.output(ContactList, example={"data": [examples.CONTACT], "next": None})
@blueprint.doc(operation_id="listContacts")
def list_contacts(query_data: ContactQuery) -> Response:
    """List contacts, newest first"""
    address = contact_columns(query_data.address)
    phone = address["contact_phone"]
    with services().database.connect() as connection:
        rows = contact_list.list_newest(
            connection,
            current_tenant(),
            phone_key=phone_key(phone) if phone else None,
            bsuid=address["contact_bsuid"],
            external_id=query_data.external_id,
            before=decode_cursor(query_data.cursor) if query_data.cursor else None,
            limit=query_data.limit + 1,
        )
    return json_answer(page(rows, query_data.limit, _shown))


@blueprint.get("/<contact_id>")
@blueprint.output(ContactShown, example=examples.CONTACT)
@blueprint.doc(operation_id="getContact")
def get_contact(contact_id: str) -> Response:
    """Show a contact"""
    with services().database.connect() as connection:
        return json_answer(_shown(_find(connection, contact_id)))


@blueprint.patch("/<contact_id>")
@blueprint.input(ContactChanges, example=examples.CONTACT_CHANGES)
@blueprint.output(ContactShown, example=examples.CONTACT)
@blueprint.doc(operation_id="changeContact")
def change_contact(contact_id: str, json_data: ContactChanges) -> Response:
    """Note what your own system knows of a contact"""
    given = json_data.model_dump(include=json_data.model_fields_set)
    try:
        with services().database.transaction() as connection:
            contact_list.change(connection, current_tenant(), _find(connection, contact_id).id, given)
            row = _find(connection, contact_id)
    except IntegrityError:
        raise invalid(Fault("/external_id", "another contact has this external id")) from None
    return json_answer(_shown(row))


@blueprint.post("/<contact_id>/lookup")
@blueprint.output(ContactShown, 202, example={**examples.CONTACT, "lookup": examples.WAITING_LOOKUP})
@blueprint.doc(operation_id="lookUpContact", responses={409: "No address of your system is set."})
def look_up_contact(contact_id: str) -> Response:
    """Ask your own system about a contact again

    It is asked at once; what it answered before is shown until then.
    """
    with services().database.transaction() as connection:
        lookups.ask_again(connection, current_tenant(), _find(connection, contact_id).id)
        row = _find(connection, contact_id)
    return json_answer(_shown(row), 202)


@blueprint.get("/<contact_id>/consent")
@blueprint.output(ConsentHistory, example={"data": [examples.CONSENT_CHANGE], "next": None})
@blueprint.doc(operation_id="listConsent")
def list_consent(contact_id: str) -> Response:
    """List what a contact asked for, newest first"""
    with services().database.connect() as connection:
        rows = consent_queries.history(connection, current_tenant(), _find(connection, contact_id).id)
    changes = [{"category": row.category, "act": row.act, "at": moment(row.at), "source": row.source} for row in rows]
    return json_answer({"data": changes, "next": None})


@blueprint.post("/<contact_id>/consent")
@blueprint.input(ConsentWanted, example={"category": "marketing", "act": "stop"})
@blueprint.output(ContactShown, example=examples.CONTACT)
@blueprint.doc(operation_id="changeConsent")
def change_consent(contact_id: str, json_data: ConsentWanted) -> Response:
    """Note what a contact told you elsewhere: no more messages of a category, or them again"""
    tenant_id, change = current_tenant(), Change(json_data.category, json_data.act, datetime.now(UTC))
    with services().database.transaction() as connection:
        row = _find(connection, contact_id)
        contact = contact_book.lock(connection, tenant_id, row.id)
        contact.consent = fold(contact.consent, [change])
        contact_book.update(connection, [(tenant_id, contact)])
        kept = KeptChange(new_id(), tenant_id, row.id, change.category, change.act, change.at, "api")
        consent_queries.keep(connection, [kept])
        shown = _shown(_find(connection, contact_id))
    return json_answer(shown)


@blueprint.post("/<contact_id>/erase")
@blueprint.output({}, 204, description="Gone.")
@blueprint.doc(operation_id="eraseContact", responses={409: "Something is still to be sent."})
def erase_contact(contact_id: str) -> Response:
    """Forget who a contact is and all that was written

    Messages stay with their times and statuses, so that totals do; names, numbers, texts, notes and files are gone.
    """
    tenant_id = current_tenant()
    with services().database.transaction() as connection:
        row = _find(connection, contact_id)
        if contact_list.has_waiting_messages(connection, tenant_id, row.id):
            raise Problem(409, "messages_waiting", "Something is still to be sent; cancel it, or wait, then try again.")
        paths = contact_list.erase(connection, tenant_id, row.id)
        audit.write(connection, tenant_id, actor=current_actor(), action="contact.erased", target=str(row.id))
    for path in paths:
        media_storage().remove(path)
    return Response(status=204)


def _find(connection: Connection, reference: str) -> Any:
    contact_id: UUID | None = as_id(reference)
    row = contact_list.find(connection, current_tenant(), contact_id) if contact_id else None
    if row is None:
        raise Problem(404, "contact_not_found", "There is no such contact.")
    return row


def _shown(row: Any) -> dict[str, Any]:
    unreachable = {
        "code": row.unreachable_code,
        "reason": row.unreachable_reason,
        "at": moment(row.unreachable_at),
    }
    return {
        "id": str(row.id),
        "phone": row.phone,
        "bsuid": row.bsuid,
        "lid": row.lid,
        "name": row.name,
        "username": row.username,
        "display_name": row.display_name,
        "external_id": row.external_id,
        "attributes": row.attributes,
        "lookup": _lookup(row),
        "consent": {
            "marketing": _said(row.marketing_act, row.marketing_at),
            "utility": _said(row.utility_act, row.utility_at),
        },
        "last_wrote_at": moment(row.last_wrote_at),
        "unreachable": unreachable if row.unreachable_at else None,
        "created_at": moment(row.created_at),
    }


def _lookup(row: Any) -> dict[str, Any] | None:
    if row.lookup_state is None:
        return None
    return {
        "state": row.lookup_state,
        "attributes": row.lookup_answer or {},
        "problem": row.lookup_problem,
        "answered_at": moment(row.lookup_answered_at),
    }


def _said(act: str | None, at: datetime | None) -> dict[str, Any] | None:
    return {"act": act, "at": moment(at)} if act else None
