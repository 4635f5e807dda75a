"""How a call hit by a fault ends: one function per ending that faults.KINDS names."""

import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from simulator.errors import GraphError
from simulator.faults import Fault

Answer = web.Response
Ending = Callable[[web.Request, Fault, Answer | None], Answer]

RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
GATEWAY_PAGE: Final = "<!DOCTYPE html><html><title>Error</title><body>Something went wrong.</body></html>"


def answer_json(body: Any, status: int = 200) -> web.Response:
    """A JSON answer, as Graph and the gateways give it."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def answer_error(error: GraphError) -> web.Response:
    """The answer to a refused call."""
    return answer_json(error.body(), error.status)


def _answer(_request: web.Request, _fault: Fault, answer: Answer | None) -> Answer:
    return answer or answer_json({})


def _close(request: web.Request, _fault: Fault, answer: Answer | None) -> Answer:
    if request.transport is not None:
        request.transport.close()
    return answer or web.Response()


def _reset(request: web.Request, _fault: Fault, answer: Answer | None) -> Answer:
    if request.transport is not None:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        request.transport.abort()
    return answer or web.Response()


def _garbage(_request: web.Request, _fault: Fault, answer: Answer | None) -> Answer:
    whole = answer.body if answer is not None and isinstance(answer.body, bytes) else b"{}"
    return web.Response(body=b"<!-- " + whole[: len(whole) // 2], content_type="application/json")


def _no_id(_request: web.Request, _fault: Fault, _answer: Answer | None) -> Answer:
    return answer_json({"messaging_product": "whatsapp", "contacts": [], "messages": [{}]})


def _error(_request: web.Request, fault: Fault, _answer: Answer | None) -> Answer:
    return answer_error(_graph_error(fault))


def _error_200(_request: web.Request, fault: Fault, _answer: Answer | None) -> Answer:
    return answer_json(_graph_error(fault).body())


def _graph_error(fault: Fault) -> GraphError:
    return GraphError(
        131000 if fault.code is None else fault.code,
        subcode=fault.subcode,
        http_status=fault.http_status,
        is_transient=fault.is_transient,
    )


def _http(status: int) -> Ending:
    def ending(_request: web.Request, fault: Fault, _answer: Answer | None) -> Answer:
        if fault.code is not None:
            return answer_json(_graph_error(fault).body(), status)
        return web.Response(text=GATEWAY_PAGE, status=status, content_type="text/html")

    return ending


ENDINGS: Final[Mapping[str, Ending]] = {
    "answer": _answer,
    "close": _close,
    "reset": _reset,
    "garbage": _garbage,
    "no_id": _no_id,
    "error": _error,
    "error_200": _error_200,
    "http_500": _http(500),
    "http_502": _http(502),
    "http_503": _http(503),
    "http_429": _http(429),
}
