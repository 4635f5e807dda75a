"""POST /{phone-number-id}/messages: send, or mark as read."""

import asyncio

from aiohttp import web

from simulator.endings import answer_json
from simulator.errors import GraphError
from simulator.graph import Call, graph_call
from simulator.records import ReadMark
from simulator.sending import Acceptance
from simulator.validation import MessageCheck, parse_object, read_receipt


@graph_call("messages")
async def post_messages(call: Call) -> web.Response:
    """Answers as Meta's "Service messages" page; refusals as its error table."""
    state = call.state
    number = state.number(call.request.match_info["object_id"])
    raw = await call.request.read()
    body = parse_object(raw)
    if "status" in body:
        return _mark_read(call, ReadMark(read_receipt(body), "typing_indicator" in body))
    message = MessageCheck(number, state.templates, state.media).message(body)
    now = asyncio.get_running_loop().time()
    state.limits.admit(state.settings, number.phone_number_id, message.recipient.name, now)
    return answer_json(await Acceptance(state, call.delivery, number).accept(message, raw, call.fault))


def _mark_read(call: Call, mark: ReadMark) -> web.Response:
    if mark.wamid in call.state.sends:
        raise GraphError(131009, "message_id: only a customer's message can be marked as read")
    call.state.reads.append(mark)
    return answer_json({"success": True})
