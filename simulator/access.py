"""Who may call: bearer token and appsecret_proof (Meta: Login security, Secure Graph API calls)."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from simulator import defaults
from simulator.errors import EXPIRED_TOKEN_SUBCODE, SPOKEN_AS_METHOD_ERROR, GraphError
from simulator.state import State
from simulator.validation import parse_object

PROOF_LIFETIME_S: Final = 300
BEARER: Final = "Bearer "
PROOF: Final = "appsecret_proof"


def token_of(request: web.BaseRequest) -> str | None:
    """The token of the Authorization header, else of the query."""
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER):
        return header[len(BEARER) :].strip()
    return request.query.get("access_token")


def check_token(state: State, request: web.BaseRequest) -> str:
    """The valid token of the request. Raises GraphError 104 (none) or 190 (wrong; expired: subcode 463)."""
    token = token_of(request)
    if not token:
        raise GraphError(104)
    if state.settings.token_expired:
        raise GraphError(190, message="The access token has expired", subcode=EXPIRED_TOKEN_SUBCODE)
    if not hmac.compare_digest(token.encode(), state.access_token.encode()):
        raise GraphError(190, message="The access token is invalid")
    return token


def check_proof(state: State, token: str, parameters: Mapping[str, Any]) -> None:
    """Raise GraphError 100 unless appsecret_proof, when sent or required, is right and recent."""
    proof, moment = parameters.get(PROOF), parameters.get("appsecret_time")
    if proof is None:
        if state.settings.require_appsecret_proof:
            raise _proof_error("appsecret_proof is required")
        return
    if moment is not None and not _is_recent(moment):
        raise _proof_error("appsecret_time is not within the last five minutes")
    signed = token if moment is None else f"{token}|{moment}"
    expected = hmac.new(state.options.app_secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, str(proof)):
        raise _proof_error("appsecret_proof is not valid")


def check_app_token(state: State, request: web.BaseRequest) -> str:
    """The app token "app id|app secret" of the request. Raises GraphError 104 or 190."""
    token = token_of(request)
    if not token:
        raise GraphError(104)
    if not hmac.compare_digest(token.encode(), f"{defaults.APP_ID}|{state.options.app_secret}".encode()):
        raise GraphError(190, message="An app access token is required")
    return token


def check_app_or_user_token(state: State, request: web.BaseRequest) -> str:
    """Either kind of token. Raises GraphError 104 or 190."""
    check = check_app_token if "|" in (token_of(request) or "") else check_token
    return check(state, request)


async def proof_parameters(request: web.BaseRequest) -> Mapping[str, Any]:
    """Where a call carries its proof: the query, else the JSON body. GraphError 100 for broken JSON."""
    if PROOF in request.query or request.content_type != "application/json":
        return request.query
    raw = await request.read()
    return parse_object(raw) if PROOF.encode() in raw else {}


def _is_recent(moment: Any) -> bool:
    text = str(moment)
    return text.isascii() and text.isdigit() and abs(time.time() - int(text)) <= PROOF_LIFETIME_S


def _proof_error(message: str) -> GraphError:
    return GraphError(100, message=message, kind=SPOKEN_AS_METHOD_ERROR)
