"""/_sim/*: ground truth, faults, customers, settings. No access check: it listens on loopback."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from simulator import defaults, inbound
from simulator.bad_control import BadControl, refuse_unknown_keys
from simulator.endings import answer_json
from simulator.errors import title_of
from simulator.faults import KEYS, REFUSE, REFUSE_DEFAULT_MS, read_delay, read_fault, read_webhook_faults
from simulator.gateways.world import WORLD
from simulator.graph import DELIVERY, STATE
from simulator.identity import named_recipient
from simulator.listener import LISTENER
from simulator.receipts import failure, receipt
from simulator.records import Send
from simulator.settings import changed
from simulator.state import State
from simulator.updates import Update

STATUSES: Final = ("sent", "delivered", "read", "played", "failed")
RECEIPT_KEYS: Final = (
    "wamid", "status", "code", "callback_data", "to", "timestamp", "delay_ms", "phone_number_id",
)  # fmt: skip
SEND_FILTERS: Final = ("callback_data", "to", "wamid", "phone_number_id")
PAGING: Final = ("offset", "limit")

RouteHandler = Callable[[web.Request], Awaitable[web.Response]]


def control(handler: RouteHandler) -> RouteHandler:
    """Turn BadControl into 400 with what is wrong and the known keys."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except BadControl as bad:
            body: dict[str, Any] = {"error": bad.detail}
            if bad.known:
                body["known"] = bad.known
            return answer_json(body, status=400)

    return answer


@control
async def get_sends(request: web.Request) -> web.Response:
    """The ground truth in order of acceptance; the query may hold SEND_FILTERS and PAGING."""
    refuse_unknown_keys(request.query, (*SEND_FILTERS, *PAGING))
    wanted = [(name, request.query[name]) for name in SEND_FILTERS if name in request.query]
    sends = [
        send
        for send in request.app[STATE].sends.values()
        if all(getattr(send, name) == value for name, value in wanted)
    ]
    return answer_json([send.as_dict() for send in _page(sends, request.query)])


@control
async def get_inbound(request: web.Request) -> web.Response:
    """What customers wrote, in order; ?offset= ?limit=."""
    refuse_unknown_keys(request.query, PAGING)
    return answer_json([written.as_dict() for written in _page(request.app[STATE].written, request.query)])


@control
async def get_reads(request: web.Request) -> web.Response:
    """Messages that the business marked as read, in order."""
    return answer_json([{"wamid": mark.wamid, "typing": mark.typing} for mark in request.app[STATE].reads])


@control
async def post_inbound(request: web.Request) -> web.Response:
    """One message or an array of them; each is posted as a webhook at once."""
    wanted = await json_of(request)
    state, delivery = request.app[STATE], request.app[DELIVERY]
    made = [inbound.write(state, object_of(item)) for item in _items(wanted)]
    now = delivery.now()
    for update, written in made:
        state.limits.count_inbound(state.settings, written.phone_number_id, now)
        delivery.schedule(update)
    wamids = [written.wamid for _update, written in made]
    return answer_json({"wamids": wamids} if isinstance(wanted, list) else {"wamid": wamids[0]})


@control
async def post_receipts(request: web.Request) -> web.Response:
    """One receipt or an array of them, for known or unknown wamids, due after delay_ms."""
    wanted = await json_of(request)
    for item in _items(wanted):
        update = _receipt(request.app[STATE], object_of(item))
        request.app[DELIVERY].schedule(update, read_delay(item, 0) / 1000)
    return answer_json({"success": True})


@control
async def post_webhook(request: web.Request) -> web.Response:
    """{field, value, phone_number_id?}: any change of any field, as given."""
    wanted = object_of(await json_of(request))
    refuse_unknown_keys(wanted, ("field", "value", "phone_number_id"))
    if not isinstance(wanted.get("field"), str) or "value" not in wanted:
        raise BadControl("field and value are required")
    number = inbound.number_of(request.app[STATE], wanted)
    update = Update("value", wanted["value"], number, field=wanted["field"])
    request.app[DELIVERY].schedule(update)
    return answer_json({"success": True})


@control
async def post_templates(request: web.Request) -> web.Response:
    """Add or change a template; a changed status is told by message_template_status_update."""
    state = request.app[STATE]
    template, status_changed = state.templates.put(object_of(await json_of(request)))
    if status_changed:
        value = {
            "event": template["status"],
            "message_template_id": int(template["id"]),
            "message_template_name": template["name"],
            "message_template_language": template["language"],
            "reason": "NONE",
        }
        number = state.numbers[state.options.phone_number_id]
        update = Update("value", value, number, field="message_template_status_update")
        request.app[DELIVERY].schedule(update)
    return answer_json(template)


@control
async def get_faults(request: web.Request) -> web.Response:
    """The armed faults of coming calls, and the webhook faults."""
    return answer_json(request.app[STATE].faults.as_dict())


@control
async def post_faults(request: web.Request) -> web.Response:
    """Arm a fault for coming calls and/or change the webhook faults; answers with all that are set."""
    state = request.app[STATE]
    wanted = dict(object_of(await json_of(request)))
    webhooks = wanted.pop("webhooks", None)
    if webhooks is not None:
        state.faults.webhooks = read_webhook_faults(state.faults.webhooks, webhooks)
        request.app[DELIVERY].flush()
    if wanted.get("fault") == REFUSE:
        return await _refuse_connections(request, wanted)
    if wanted:
        state.faults.arm(read_fault(wanted))
    return answer_json(state.faults.as_dict())


@control
async def delete_faults(request: web.Request) -> web.Response:
    """No fault is armed any more; held webhooks leave."""
    request.app[STATE].faults.clear()
    request.app[DELIVERY].flush()
    return answer_json(request.app[STATE].faults.as_dict())


@control
async def get_settings(request: web.Request) -> web.Response:
    """All settings with their present values."""
    return answer_json(request.app[STATE].settings.as_dict())


@control
async def post_settings(request: web.Request) -> web.Response:
    """Change some settings; answers with all."""
    state = request.app[STATE]
    state.change_settings(changed(state.settings, object_of(await json_of(request))))
    request.app[DELIVERY].flush()
    return answer_json(state.settings.as_dict())


@control
async def get_stats(request: web.Request) -> web.Response:
    """Counters since the start or the last reset."""
    return answer_json(request.app[STATE].stats_dict())


@control
async def post_reset(request: web.Request) -> web.Response:
    """Forget sends, customers, media, faults, statistics and waiting webhooks; settings as at the start."""
    request.app[DELIVERY].clear()
    request.app[STATE].reset()
    request.app[WORLD].reset()
    return answer_json({"success": True})


async def _refuse_connections(request: web.Request, wanted: Mapping[str, Any]) -> web.Response:
    """Close the port for a time."""
    refuse_unknown_keys(wanted, KEYS)
    await request.app[LISTENER].refuse_for(read_delay(wanted, REFUSE_DEFAULT_MS) / 1000)
    return answer_json(request.app[STATE].faults.as_dict())


def _receipt(state: State, wanted: Mapping[str, Any]) -> Update:
    refuse_unknown_keys(wanted, RECEIPT_KEYS)
    status = wanted.get("status")
    if status not in STATUSES or not isinstance(wanted.get("wamid"), str):
        raise BadControl("wamid and a known status are required", STATUSES)
    send = state.sends.get(wanted["wamid"]) or _unknown_send(state, wanted)
    at = float(wanted.get("timestamp", time.time()))
    if status == "failed":
        code = int(wanted.get("code", 131026))
        return failure(send, code, title_of(code), at)
    return receipt(send, status, at, "utility")


def _unknown_send(state: State, wanted: Mapping[str, Any]) -> Send:
    return Send(
        wamid=wanted["wamid"],
        number=inbound.number_of(state, wanted),
        recipient=named_recipient(str(wanted.get("to", defaults.CUSTOMER_PHONE))),
        callback_data=wanted.get("callback_data"),
        accepted_at=time.time(),
    )


def _items(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


async def json_of(request: web.Request) -> Any:
    """The JSON of a control request, {} without a body. Raises BadControl."""
    raw = await request.read()
    try:
        return orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        raise BadControl("the body is not valid JSON") from None


def object_of(value: Any) -> Mapping[str, Any]:
    """A control request's object. Raises BadControl."""
    if not isinstance(value, dict):
        raise BadControl("a JSON object is required")
    return value


def _page(items: list[Any], query: Mapping[str, str]) -> list[Any]:
    bounds = [query.get("offset", "0"), query.get("limit", str(len(items)))]
    if not all(bound.isascii() and bound.isdigit() for bound in bounds):
        raise BadControl("offset and limit must be whole numbers from 0")
    offset, limit = map(int, bounds)
    return items[offset : offset + limit]
