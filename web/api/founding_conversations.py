"""S1's addresses of the chat: POST /api/v1/messages/send and GET /api/v1/conversations/{id}/messages (S1.13, S1.14)."""

from apiflask import APIBlueprint
from flask import Response

from web.api import conversation_examples, examples
from web.api.answers import json_answer
from web.api.auth import current_tenant, protect
from web.api.conversation_acts import thread_page
from web.api.idempotency import idempotent
from web.api.messages import send
from web.api.pagination import decode_cursor
from web.api.schemas.conversations import Thread, ThreadQuery
from web.api.schemas.messages import MessageRequest, MessageShown

blueprint = APIBlueprint("founding_conversations", __name__, tag="Founding: chat", url_prefix="/api/v1")
protect(blueprint)


@blueprint.post("/messages/send")
@blueprint.input(MessageRequest, examples=examples.MESSAGES)
@blueprint.output(MessageShown, 202, description="Queued; the worker sends it.", example=examples.QUEUED)
@blueprint.doc(operation_id="sendChatMessage")
@idempotent
def post_chat_message(json_data: MessageRequest) -> Response:
    """Send a message (S1.13); the same as POST /v1/messages"""
    return send(json_data)


@blueprint.get("/conversations/<conversation_id>/messages")
@blueprint.input(ThreadQuery, location="query")
@blueprint.output(Thread, example={"data": [conversation_examples.THREAD_MESSAGE], "next": None})
@blueprint.doc(operation_id="listChatMessages")
def list_chat_messages(conversation_id: str, query_data: ThreadQuery) -> Response:
    """List the messages of a conversation (S1.14), newest first, in pages"""
    before = decode_cursor(query_data.cursor) if query_data.cursor else None
    data, following = thread_page(current_tenant(), conversation_id, before, query_data.limit)
    return json_answer({"data": data, "next": following})
