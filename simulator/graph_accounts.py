"""The account behind the messages: phone numbers, webhook subscriptions, token inspection."""

import secrets
import time
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from aiohttp import web

from simulator import defaults
from simulator.access import check_app_or_user_token, check_app_token
from simulator.endings import answer_json
from simulator.errors import GraphError, unknown_object
from simulator.graph import STATE, Call, graph_call
from simulator.graph_media import get_media
from simulator.records import BusinessNumber
from simulator.validation import parse_object

DEFAULT_FIELDS: Final = ("id", "display_phone_number", "verified_name", "quality_rating")
SCOPES: Final = ("whatsapp_business_management", "whatsapp_business_messaging")
CALLBACK_TIMEOUT_S: Final = 5
LONGEST_OVERRIDE: Final = 200
FIELDS: Final = frozenset(
    {
        "account_alerts", "account_review_update", "account_settings_update", "account_update", "automatic_events",
        "business_capability_update", "business_username_update", "calls", "consumer_profile", "flows",
        "group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update",
        "history", "message_echoes", "message_template_components_update", "message_template_quality_update",
        "message_template_status_update", "messages", "messaging_handovers", "partner_solutions",
        "payment_configuration_update", "phone_number_name_update", "phone_number_quality_update", "security",
        "smb_app_state_sync", "smb_message_echoes", "standby", "template_category_update", "user_preferences",
    }
)  # fmt: skip
"""Meta: Webhooks overview. `message_deliveries` is Messenger's."""


async def get_object(request: web.Request) -> web.Response:
    """GET /{id}: media if the id is a medium's, else a phone number."""
    handler = get_media if request.match_info["object_id"] in request.app[STATE].media else get_phone_number
    return await handler(request)


@graph_call("phone_number")
async def get_phone_number(call: Call) -> web.Response:
    """One number with the fields asked for; an unknown field is error 100."""
    number = call.state.number(call.request.match_info["object_id"])
    return answer_json(_shown(call, number))


@graph_call("phone_number")
async def get_phone_numbers(call: Call) -> web.Response:
    """All numbers of the WABA."""
    _require_waba(call)
    return answer_json({"data": [_shown(call, number) for number in call.state.numbers.values()]})


@graph_call("any")
async def get_subscribed_apps(call: Call) -> web.Response:
    """The one app, with the override if there is one; none when it was unsubscribed."""
    _require_waba(call)
    if not call.state.waba_is_subscribed:
        return answer_json({"data": []})
    app: dict[str, Any] = {
        "whatsapp_business_api_data": {
            "id": defaults.APP_ID,
            "link": "https://www.facebook.com/games/?app_id=" + defaults.APP_ID,
            "name": defaults.APP_NAME,
        }
    }
    if call.state.waba_callback_url is not None:
        app["override_callback_uri"] = call.state.waba_callback_url
    return answer_json({"data": [app]})


@graph_call("any")
async def post_subscribed_apps(call: Call) -> web.Response:
    """Without parameters clears the WABA's override, else verifies and sets it (Meta: Webhook overrides)."""
    _require_waba(call)
    parameters = await _parameters(call.request)
    url = parameters.get("override_callback_uri")
    if url is not None:
        if not isinstance(url, str) or len(url) > LONGEST_OVERRIDE:
            raise GraphError(100, message=f"override_callback_uri may have {LONGEST_OVERRIDE} characters")
        if not parameters.get("verify_token"):
            raise GraphError(100, message="The parameter verify_token is required")
        await _verify_callback(call, url, str(parameters.get("verify_token", "")))
    call.state.waba_callback_url = url
    call.state.waba_is_subscribed = True
    return answer_json({"success": True})


@graph_call("any")
async def delete_subscribed_apps(call: Call) -> web.Response:
    """Webhooks of the WABA stop."""
    _require_waba(call)
    call.state.waba_callback_url, call.state.waba_is_subscribed = None, False
    return answer_json({"success": True})


@graph_call("any", check=check_app_token)
async def get_subscriptions(call: Call) -> web.Response:
    """The app's callback URL and fields (Meta: Webhooks, Graph API subscriptions)."""
    if call.request.match_info["object_id"] != defaults.APP_ID:
        raise unknown_object(call.request.match_info["object_id"])
    subscription = {
        "object": "whatsapp_business_account",
        "callback_url": call.state.app_callback_url or call.state.settings.webhook_url,
        "active": True,
        "fields": [{"name": name, "version": "v26.0"} for name in call.state.app_fields],
    }
    return answer_json({"data": [subscription]})


@graph_call("any", check=check_app_token)
async def post_subscriptions(call: Call) -> web.Response:
    """Verifies and sets the app's callback URL (Meta: Webhooks, Graph API subscriptions)."""
    if call.request.match_info["object_id"] != defaults.APP_ID:
        raise unknown_object(call.request.match_info["object_id"])
    parameters = await _parameters(call.request)
    for name in ("object", "callback_url", "verify_token", "fields"):
        if not parameters.get(name):
            raise GraphError(100, message=f"The parameter {name} is required")
    if parameters["object"] != "whatsapp_business_account":
        raise GraphError(100, message="Param object must be whatsapp_business_account")
    fields = tuple(str(parameters["fields"]).split(","))
    for name in fields:
        if name not in FIELDS:
            raise GraphError(100, message=f"Param fields: {name} is no field of this object")
    await _verify_callback(call, parameters["callback_url"], parameters["verify_token"])
    call.state.app_callback_url = parameters["callback_url"]
    call.state.app_fields = fields
    return answer_json({"success": True})


@graph_call("any", check=check_app_or_user_token)
async def get_debug_token(call: Call) -> web.Response:
    """What a token is worth."""
    wanted = call.request.query.get("input_token")
    if not wanted:
        raise GraphError(100, message="The parameter input_token is required")
    settings = call.state.settings
    valid = wanted == call.state.access_token and not settings.token_expired
    ends = int(time.time() + settings.token_lasts_s) if settings.token_lasts_s else 0
    return answer_json({"data": _token_facts(valid=valid, expires_at=ends)})


def _token_facts(*, valid: bool, expires_at: int) -> dict[str, Any]:
    """expires_at in Unix seconds, 0 means never."""
    return {
        "app_id": defaults.APP_ID,
        "type": "SYSTEM_USER",
        "application": defaults.APP_NAME,
        "is_valid": valid,
        "expires_at": expires_at,
        "data_access_expires_at": 0,
        "issued_at": int(time.time()),
        "user_id": "122100000000000001",
        "scopes": SCOPES if valid else (),
        "granular_scopes": [{"scope": scope, "target_ids": [defaults.WABA_ID]} for scope in SCOPES if valid],
    }


def _require_waba(call: Call) -> None:
    if call.request.match_info["object_id"] != defaults.WABA_ID:
        raise unknown_object(call.request.match_info["object_id"])


def _shown(call: Call, number: BusinessNumber) -> dict[str, Any]:
    fields = _fields(call, number)
    asked = call.request.query.get("fields")
    chosen = [name.strip() for name in asked.split(",")] if asked else DEFAULT_FIELDS
    for name in chosen:
        if name not in fields:
            raise GraphError(100, message=f"Tried accessing nonexisting field ({name})")
    return {name: fields[name] for name in chosen} | {"id": number.phone_number_id}


def _fields(call: Call, number: BusinessNumber) -> dict[str, Any]:
    webhooks = {"application": call.state.app_callback_url or call.state.settings.webhook_url}
    if call.state.waba_callback_url is not None:
        webhooks["whatsapp_business_account"] = call.state.waba_callback_url
    return {
        "id": number.phone_number_id,
        "display_phone_number": number.display_phone_number,
        "verified_name": defaults.VERIFIED_NAME,
        "quality_rating": "GREEN",
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "health_status": {"can_send_message": "AVAILABLE", "entities": []},
        "webhook_configuration": webhooks,
    }


async def _parameters(request: web.Request) -> Mapping[str, Any]:
    """Parameters of a POST: query, and form or JSON body."""
    if request.content_type == "application/json":
        raw = await request.read()
        return {**request.query, **(parse_object(raw) if raw else {})}
    return {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}


async def _verify_callback(call: Call, url: str, verify_token: str) -> None:
    """Meta's verification GET. Raises GraphError 2200 unless the challenge comes back with 200."""
    challenge = str(secrets.randbelow(2**31))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    timeout = aiohttp.ClientTimeout(total=CALLBACK_TIMEOUT_S)
    get = call.delivery.session.get
    try:
        async with get(url, params=query, timeout=timeout, allow_redirects=False) as answer:
            if answer.status == web.HTTPOk.status_code and await answer.text() == challenge:
                return
    except (aiohttp.ClientError, OSError, ValueError):
        pass
    raise GraphError(2200, message="The callback URL did not answer the challenge")
