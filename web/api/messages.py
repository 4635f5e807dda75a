"""POST and GET /v1/messages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from db.ids import new_id
from db.queries import messages
from db.queries.messages import Filters, NewMessage
from messaging.violations import Violation
from observability import request_id
from observability.logging import get_logger
from web.api import examples, idempotency
from web.api.answers import accepted, json_answer
from web.api.auth import current_tenant, protect
from web.api.contents import Content, template_content, text_content
from web.api.free_form import about_wamid, free_form_content, shown_text
from web.api.idempotency import idempotent
from web.api.inputs import below
from web.api.message_lookup import find_message
from web.api.message_views import queued, shown, with_history
from web.api.pagination import decode_cursor, page
from web.api.problems import Fault, invalid
from web.api.recipients import contact_columns
from web.api.schemas.messages import MessageList, MessageQuery, MessageRequest, MessageShown, MessageWithHistory
from web.api.services import services
from web.api.tenants import TenantConfig
from web.api.threading import in_threads
from worker.doorbell import ring
from worker.queues import SEND

LONGEST_SCHEDULE = timedelta(days=365)
COLLECTION = "/v1/messages"

blueprint = APIBlueprint("messages", __name__, tag="Messages", url_prefix=COLLECTION)
protect(blueprint)
log = get_logger(__name__)


@blueprint.post("")
@blueprint.input(MessageRequest, examples=examples.MESSAGES)
@blueprint.output(MessageShown, 202, description="Queued; the worker sends it.", example=examples.QUEUED)
@blueprint.doc(operation_id="sendMessage")
@idempotent
def post_message(json_data: MessageRequest) -> Response:
    """Send a message

    Everything is validated first; nothing is stored when the answer is an error.
    """
    return send(json_data)


def send(json_data: MessageRequest) -> Response:
    """Queue a message and answer it.

    Raises:
        Problem: it cannot be sent like this now.
    """
    answer, replay = queue(current_tenant(), json_data)
    return replay or accepted(answer, COLLECTION, answer["id"])


def queue(tenant_id: UUID, asked: MessageRequest) -> tuple[dict[str, Any], Response | None]:
    """Queue a message; return it as it is shown, and the first answer when the request's key was used before.

    Raises:
        Problem: it cannot be sent like this now.
    """
    config = _config(tenant_id, asked.channel_id)
    message = in_threads(services().database, config, [_new_message(tenant_id, config, asked)]).only()
    answer = queued(message)
    with idempotency.unit(services().database) as connection:
        replay = idempotency.claim(connection, tenant_id, 202, answer)
        if replay is not None:
            return answer, replay
        messages.queue(connection, [message])
    if message.scheduled_at is None:
        ring(SEND)
    log.info("message.queued", message_id=str(message.id), type=message.type, status=message.status)
    return answer, None


@blueprint.get("")
@blueprint.input(MessageQuery, location="query")
@blueprint.output(MessageList, example={"data": [examples.READ], "next": None})
@blueprint.doc(operation_id="listMessages")
def list_messages(query_data: MessageQuery) -> Response:
    """List messages, newest first"""
    filters = Filters(
        status=query_data.status,
        direction=query_data.direction or ("outbound" if query_data.to else None),
        client_reference=query_data.client_reference,
        **contact_columns(query_data.to),
        since=query_data.since,
        before=decode_cursor(query_data.cursor) if query_data.cursor else None,
    )
    with services().database.connect() as connection:
        rows = messages.list_newest(connection, current_tenant(), filters, query_data.limit + 1)
    return json_answer(page(rows, query_data.limit, shown))


@blueprint.get("/<path:reference>")
@blueprint.output(MessageWithHistory, example=examples.READ_WITH_HISTORY)
@blueprint.doc(operation_id="getMessage")
def get_message(reference: str) -> Response:
    """Tell what happened to a message

    By our id or Meta's (wamid).
    """
    with services().database.connect() as connection:
        row = find_message(connection, current_tenant(), reference)
        return json_answer(with_history(row, messages.attempts(connection, current_tenant(), row.id)))


def _config(tenant_id: UUID, channel_id: UUID | None) -> TenantConfig:
    if channel_id is None:
        return services().tenants.of(tenant_id)
    config = services().tenants.of_channel(tenant_id, channel_id)
    if config is None:
        raise invalid(Fault("/channel_id", "there is no such channel; GET /v1/channels lists yours"))
    return config


def _new_message(tenant_id: UUID, config: TenantConfig, asked: MessageRequest) -> NewMessage:
    now = datetime.now(UTC)
    _check_schedule(asked.scheduled_at, now)
    channel = config.sending_channel()
    content, context_wamid = _content(tenant_id, channel.id, config, asked)
    return NewMessage(
        id=new_id(),
        tenant_id=tenant_id,
        channel_id=channel.id,
        type=content["type"],
        status="scheduled" if asked.scheduled_at else "queued",
        **contact_columns(asked.to),
        text=asked.text.body if asked.text else shown_text(asked),
        content=content,
        context_wamid=context_wamid,
        client_reference=asked.client_reference,
        request_id=request_id.current(),
        scheduled_at=asked.scheduled_at,
        created_at=now,
    )


def _check_schedule(scheduled_at: datetime | None, now: datetime) -> None:
    if scheduled_at is None or now < scheduled_at <= now + LONGEST_SCHEDULE:
        return
    raise invalid(Fault("/scheduled_at", "the time must be in the future, within a year"))


def _content(
    tenant_id: UUID, channel_id: UUID, config: TenantConfig, asked: MessageRequest
) -> tuple[Content, str | None]:
    """Return what is sent, and the message that it is about."""
    try:
        about = about_wamid(tenant_id, asked)
        if asked.text is not None:
            return text_content(asked.text), about
        if asked.template is None:
            return free_form_content(tenant_id, channel_id, asked), about
    except Violation as violation:
        raise invalid(below("", violation)) from None
    try:
        return template_content(config, asked.template), about
    except Violation as violation:
        raise invalid(below("/template", violation)) from None
