"""What all gateways' HTTP calls have in common: the session, armed faults, JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from simulator.endings import answer_json
from simulator.gateways.faults import SLOW_S, TAKES_EFFECT
from simulator.gateways.sessions import GatewaySession, is_on_whatsapp
from simulator.gateways.world import API_KEY, WORLD, World

Handler = Callable[[web.Request], Awaitable[web.Response]]


class RefusedCall(Exception):
    """A call the gateway refuses, with its status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Sending:
    """What a send call asks for."""

    chat: str
    type: str
    body: str
    file: dict[str, str] | None = None


def answering(handler: Handler) -> Handler:
    """Turn RefusedCall into its answer."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except RefusedCall as refusal:
            return answer_json(refusal.body, refusal.status)

    return answer


def world_of(request: web.Request) -> World:
    """The sessions behind a request."""
    return request.app[WORLD]


def check_key(given: str | None, refusal: RefusedCall) -> None:
    """Raise the gateway's own refusal unless its key was given."""
    if given != API_KEY:
        raise refusal


async def json_of(request: web.Request, refusal: RefusedCall) -> dict[str, Any]:
    """The JSON object of a request; `refusal` is raised when there is none."""
    raw = await request.read()
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        raise refusal from None
    if not isinstance(body, dict):
        raise refusal
    return body


async def send_under_faults(
    request: web.Request,
    session: GatewaySession,
    sending: Sending,
    *,
    not_on_whatsapp: RefusedCall,
    sent: Callable[[Any], Any],
    no_id: Any,
    not_connected: RefusedCall,
    status: int = 200,
) -> web.Response:
    """Send unless the number or a fault says otherwise. `sent` makes the answer of a message."""
    if session.is_connected and not is_on_whatsapp(sending.chat):
        raise not_on_whatsapp
    world = world_of(request)
    fault = world.posting.faults.take()
    if fault == "not_connected" or not session.is_connected:
        raise not_connected
    if fault in ("http_500", "http_429"):
        return web.Response(status=int(fault.removeprefix("http_")), text="Something went wrong")
    message = world.send(session, sending.chat, sending.type, sending.body, sending.file)
    if fault in TAKES_EFFECT:
        return await _unclear(request, str(fault), answer_json(no_id, status))
    return answer_json(sent(message), status)


async def _unclear(request: web.Request, fault: str, no_id: web.Response) -> web.Response:
    if fault == "no_id":
        return no_id
    if fault == "slow":
        await asyncio.sleep(SLOW_S)
    if request.transport is not None:
        request.transport.close()
    return web.Response()
