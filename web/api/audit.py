"""GET /v1/audit: who changed what."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from db.queries import audit
from db.redaction import redacted
from web.api import examples
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_tenant, protect
from web.api.pagination import decode_cursor, page
from web.api.schemas.audit import AuditList, AuditQuery
from web.api.services import services

blueprint = APIBlueprint("audit", __name__, tag="Audit", url_prefix="/v1/audit")
protect(blueprint, looking=SETTINGS, changing=SETTINGS)


@blueprint.get("")
@blueprint.input(AuditQuery, location="query")
@blueprint.output(AuditList, example={"data": [examples.AUDIT_LINE], "next": None})
@blueprint.doc(operation_id="listAudit")
def list_audit(query_data: AuditQuery) -> Response:
    """List who changed what, newest first"""
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    with services().database.connect() as connection:
        rows = audit.list_newest(connection, current_tenant(), before=before, limit=query_data.limit + 1)
    return json_answer(page(rows, query_data.limit, _shown))


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "at": moment(row.at),
        "actor": row.actor,
        "action": row.action,
        "target": redacted(row.target),
        "details": redacted(row.details),
    }
