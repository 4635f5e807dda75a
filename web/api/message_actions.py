"""POST /v1/messages/{id}/cancel, …/resend and …/settle."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.queries import audit, live_events, messages, outbox, unknown
from db.queries.live_events import LiveEvent
from observability.logging import get_logger
from web.api import examples
from web.api.answers import accepted, json_answer, moment
from web.api.auth import current_actor, current_tenant, protect
from web.api.message_lookup import find_message
from web.api.message_views import with_history
from web.api.messages import COLLECTION
from web.api.problems import Problem
from web.api.schemas.messages import MessageWithHistory, Settlement
from web.api.services import services
from worker.doorbell import ring
from worker.queues import SEND

WITHHELD = 131049
WITHHELD_FOR = timedelta(hours=24)
"""Meta: Error codes. It withholds marketing from people who get much of it; repeats within a day count against us."""

blueprint = APIBlueprint("message_actions", __name__, tag="Messages", url_prefix=COLLECTION)
protect(blueprint)
log = get_logger(__name__)


@blueprint.post("/<path:reference>/cancel")
@blueprint.output(MessageWithHistory, example=examples.CANCELLED)
@blueprint.doc(operation_id="cancelMessage", responses={409: "It waits no longer."})
def cancel_message(reference: str) -> Response:
    """Cancel a queued or scheduled message"""
    tenant_id = current_tenant()
    with services().database.transaction() as connection:
        row = find_message(connection, tenant_id, reference)
        if not outbox.cancel(connection, tenant_id, row.id):
            raise Problem(409, "not_waiting", "The message waits no longer: it can no more be cancelled.")
        live_events.emit(connection, [_status_event(tenant_id, row, "cancelled")])
        answer = with_history(
            find_message(connection, tenant_id, str(row.id)), messages.attempts(connection, tenant_id, row.id)
        )
    log.info("message.cancelled", message_id=str(row.id))
    return json_answer(answer)


@blueprint.post("/<path:reference>/resend")
@blueprint.output(MessageWithHistory, 202, description="Queued again.", example=examples.READ_WITH_HISTORY)
@blueprint.doc(operation_id="resendMessage", responses={409: "It is neither failed nor unknown."})
def resend_message(reference: str) -> Response:
    """Send a failed or unknown message again, as a new attempt"""
    tenant_id = current_tenant()
    with services().database.transaction() as connection:
        row = find_message(connection, tenant_id, reference)
        _refuse_what_has_no_content(row)
        _refuse_what_meta_punishes(row)
        if not outbox.resend(connection, tenant_id, row.id):
            raise Problem(409, "not_failed", "Only a failed or unknown message can be sent again.")
        live_events.emit(connection, [_status_event(tenant_id, row, "queued")])
        audit.write(
            connection, tenant_id, actor=current_actor(), action="message.resent", target=str(row.id), was=row.status
        )
        answer = with_history(
            find_message(connection, tenant_id, str(row.id)), messages.attempts(connection, tenant_id, row.id)
        )
    ring(SEND)
    log.info("message.resent", message_id=str(row.id))
    return accepted(answer, COLLECTION, answer["id"])


def _refuse_what_has_no_content(row: Any) -> None:
    if row.cleared_at is not None:
        detail = "The content of this message was deleted when its time was over: send a new message."
        raise Problem(409, "content_deleted", detail)


def _refuse_what_meta_punishes(row: Any) -> None:
    if row.error_code == WITHHELD and row.failed_at is not None:
        earliest = row.failed_at + WITHHELD_FOR
        if datetime.now(UTC) < earliest:
            detail = f"Meta withheld this message from the customer; send it again after {moment(earliest)}."
            raise Problem(409, "too_early", detail)


@blueprint.post("/<path:reference>/settle")
@blueprint.input(Settlement)
@blueprint.output(MessageWithHistory, example=examples.READ_WITH_HISTORY)
@blueprint.doc(operation_id="settleMessage", responses={409: "Its outcome is not unknown."})
def settle_message(reference: str, json_data: Settlement) -> Response:
    """Say what became of a message of unknown outcome

    Receipts that come later still count. A message that was not sent is failed and can be sent again.
    """
    tenant_id = current_tenant()
    with services().database.transaction() as connection:
        row = find_message(connection, tenant_id, reference)
        if not unknown.settle(connection, tenant_id, row.id, was_sent=json_data.outcome == "sent"):
            raise Problem(409, "not_unknown", "Only a message of unknown outcome can be settled.")
        audit.write(
            connection,
            tenant_id,
            actor=current_actor(),
            action="message.settled",
            target=str(row.id),
            outcome=json_data.outcome,
        )
        answer = with_history(
            find_message(connection, tenant_id, str(row.id)), messages.attempts(connection, tenant_id, row.id)
        )
    log.info("message.settled", message_id=str(row.id), outcome=json_data.outcome)
    return json_answer(answer)


def _status_event(tenant_id: UUID, row: Any, status: str) -> LiveEvent:
    return LiveEvent(tenant_id, "message_status", row.conversation_id, row.id, {"status": status})
