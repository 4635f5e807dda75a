"""What every Graph call has in common: access, armed faults, error bodies, counting."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from simulator.access import check_proof, check_token, proof_parameters
from simulator.delivery import Delivery
from simulator.endings import ENDINGS, answer_error
from simulator.errors import GraphError
from simulator.faults import Fault
from simulator.identity import phone_recipient
from simulator.state import State

STATE: Final = web.AppKey("state", State)
DELIVERY: Final = web.AppKey("delivery", Delivery)

TokenCheck = Callable[[State, web.BaseRequest], str]
RouteHandler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """One Graph request with what it works on; `fault` is the one that hits it."""

    request: web.Request
    state: State
    delivery: Delivery
    fault: Fault | None = None


CallHandler = Callable[[Call], Awaitable[web.Response]]


def graph_call(name: str, check: TokenCheck = check_token) -> Callable[[CallHandler], RouteHandler]:
    """Make a Graph route of a handler. `name` is what a fault's `call` refers to."""

    def decorate(handler: CallHandler) -> RouteHandler:
        async def answer(request: web.Request) -> web.Response:
            state = request.app[STATE]
            state.stats.calls += 1
            fault = await _take_fault(state, request, name) if state.faults.armed else None
            call = Call(request, state, request.app[DELIVERY], fault)
            if fault is not None:
                return await _under_fault(call, fault, handler, check)
            return await _attempt(call, handler, check)

        return answer

    return decorate


async def _attempt(call: Call, handler: CallHandler, check: TokenCheck) -> web.Response:
    state = call.state
    try:
        token = check(state, call.request)
        check_proof(state, token, await proof_parameters(call.request))
        answer = await handler(call)
    except GraphError as error:
        state.stats.refusals[str(error.code)] += 1
        answer = answer_error(error)
    if state.settings.answer_delay_ms:
        await asyncio.sleep(state.settings.answer_delay_ms / 1000)
    return answer


async def _under_fault(call: Call, fault: Fault, handler: CallHandler, check: TokenCheck) -> web.Response:
    """The call takes effect if the fault lets it; a refusal of its own is answered as it is."""
    call.state.stats.faults[fault.fault] += 1
    answer = await _attempt(call, handler, check) if fault.accepted else None
    if answer is not None and answer.status >= web.HTTPBadRequest.status_code:
        return answer
    await asyncio.sleep(fault.delay_ms / 1000)
    return ENDINGS[fault.ending](call.request, fault, answer)


async def _take_fault(state: State, request: web.Request, name: str) -> Fault | None:
    if name != "messages":
        return state.faults.take(name, None)
    body = _lenient(await request.read())
    if "status" in body:
        return state.faults.take("read", None)
    return state.faults.take(name, _recipient_name(body) if state.faults.by_recipient else None)


def _lenient(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _recipient_name(body: dict[str, Any]) -> str | None:
    try:
        return phone_recipient(body["to"], "").name if "to" in body else body.get("recipient")
    except (GraphError, AttributeError):
        return None
