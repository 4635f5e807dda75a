"""The founding systems' settings: S0.3–S0.5, S1.7, S2.3–S2.5, S4.16 and S4.18, in their own shapes."""

from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import Flask, Response
from sqlalchemy import Connection, text

from checks.result import worst
from db import sealed
from db.changes.channels import Wanted, is_from_environment, masked
from db.encryption import EncryptionError
from db.queries import app_secrets, templates
from db.queries import channel_credentials as queries
from messaging.parameters import DEFAULT_TEMPLATES
from messaging.violations import Violation
from settings import Settings
from web.api import examples
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_tenant, protect
from web.api.channel_settings import changing, checked, shown
from web.api.channels import callback_url
from web.api.problems import Problem
from web.api.schemas.channel_settings import (
    ConfigShown,
    Done,
    EnvironmentShown,
    FoundingConfig,
    FoundingSettings,
    SelfTest,
    SettingsShown,
    TenantConfigShown,
    TestShown,
)
from web.api.services import services
from web.api.surfaces import CONFIG_PATH, FOUNDING_PREFIX, SELF_TEST_PATH, SETTINGS_PATH
from worker.doorbell import ring
from worker.queues import SEND

TAG: Final = "Founding systems"
FIELDS_OF_S0: Final = {
    "phone_number_id": "phoneNumberId",
    "waba_id": "businessAccountId",
    "access_token": "accessToken",
    "verify_token": "webhookVerifyToken",
    "app_secret": "appSecret",
    "display_phone_number": "displayPhoneNumber",
}
"""Ours → theirs, for what is wrong with them."""
EMPTY_TOKEN: Final = {"phoneNumberId": "106540352242922", "accessToken": ""}
MESSAGES: Final = {
    "ok": "The connection works.",
    "warning": "The connection works, but something needs attention.",
    "error": "The connection does not work yet.",
}

blueprint = APIBlueprint("founding_settings", __name__, tag=TAG)
protect(blueprint, changing=SETTINGS)
tenant_blueprint = APIBlueprint("founding_tenant", __name__, tag=TAG)
protect(tenant_blueprint)
admin_blueprint = APIBlueprint("founding_admin", __name__, tag=TAG)
protect(admin_blueprint, looking=SETTINGS, changing=SETTINGS)

MOUNTS: Final = {"": "", "_v2": FOUNDING_PREFIX}
NAMES: Final = (
    blueprint.name,
    *(f"{one.name}{suffix}" for one in (tenant_blueprint, admin_blueprint) for suffix in MOUNTS),
)


@blueprint.get(SETTINGS_PATH)
@blueprint.output(SettingsShown, example=examples.FOUNDING_SETTINGS)
def get_settings() -> Response:
    """Show the configuration, secrets masked"""
    with services().database.connect() as connection:
        return json_answer(_settings_shown(connection))


@blueprint.post(SETTINGS_PATH)
@blueprint.input(FoundingSettings, example=EMPTY_TOKEN)
@blueprint.output(SettingsShown, example={**examples.FOUNDING_SETTINGS, "message": "Configuration saved."})
def save_settings(json_data: FoundingSettings) -> Response:
    """Save the configuration

    Empty fields keep what is stored.
    """
    wanted = Wanted(
        phone_number_id=json_data.phoneNumberId,
        waba_id=json_data.businessAccountId,
        access_token=json_data.accessToken,
        verify_token=json_data.webhookVerifyToken,
        app_secret=json_data.appSecret,
    )
    _save(wanted)
    with services().database.connect() as connection:
        return json_answer({**_settings_shown(connection), "message": "Configuration saved."})


@blueprint.post(f"{SETTINGS_PATH}/test")
@blueprint.output(TestShown, example={"success": True, "message": MESSAGES["warning"], "checks": [examples.CHECK]})
@blueprint.doc(responses={400: "Nothing is configured yet."})
def test_settings() -> Response:
    """Test the connection: real calls to Meta, an answer per check with what to do"""
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
    if channel is None:
        raise Problem(400, "not_configured", "WhatsApp is not configured yet: save the configuration first.")
    results = checked(channel.id)
    state = worst(results)
    return json_answer({"success": state != "error", "message": MESSAGES[state], "checks": shown(results)})


@blueprint.get(CONFIG_PATH)
@blueprint.output(ConfigShown, example=examples.FOUNDING_CONFIG)
def get_config() -> Response:
    """Show the configuration without its token"""
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
    if channel is None:
        return json_answer({"configured": False, "config": None})
    config = {
        "phoneNumberId": channel.phone_number_id,
        "displayPhoneNumber": channel.display_phone_number,
        "isActive": channel.is_active,
        "createdAt": moment(channel.created_at),
        "updatedAt": moment(channel.updated_at),
    }
    return json_answer({"configured": True, "config": config})


@blueprint.put(CONFIG_PATH)
@blueprint.input(FoundingConfig, example=EMPTY_TOKEN)
@blueprint.output(Done, example={"ok": True})
def put_config(json_data: FoundingConfig) -> Response:
    """Save the configuration

    An empty token keeps the present one.
    """
    return _save_config(json_data)


@blueprint.post(CONFIG_PATH)
@blueprint.input(FoundingConfig, example=EMPTY_TOKEN)
@blueprint.output(Done, example={"ok": True})
def post_config(json_data: FoundingConfig) -> Response:
    """Save the configuration, as PUT does

    An empty token keeps the present one.
    """
    return _save_config(json_data)


@blueprint.patch(CONFIG_PATH)
@blueprint.input(FoundingConfig, example=EMPTY_TOKEN)
@blueprint.output(Done, example={"ok": True})
def patch_config(json_data: FoundingConfig) -> Response:
    """Change the configuration, as PUT does

    An empty token keeps the present one.
    """
    return _save_config(json_data)


@blueprint.delete(CONFIG_PATH)
@blueprint.output(Done, example={"ok": True})
def delete_config() -> Response:
    """Disconnect: credentials are erased, messages stay"""
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
    if channel is not None:
        with changing() as channels:
            channels.disconnect(channel.id)
    return json_answer({"ok": True})


@blueprint.get(SELF_TEST_PATH)
@blueprint.output(
    SelfTest,
    example={
        "success": True,
        "url": "https://pay.example.com/webhook",
        "verify_token_set": True,
        "secret_set": True,
        "webhook_verified_at": None,
        "last_event_at": None,
        "last_signature_failure_at": None,
    },
)
def test_webhook() -> Response:
    """Tell whether webhooks can be verified, and when they last were"""
    settings = services().settings
    with services().database.connect() as connection:
        channel = queries.find_first(connection, current_tenant())
        own = _own_secrets(connection, channel)
    is_token_set = settings.verify_token is not None or (channel is not None and channel.verify_token is not None)
    is_secret_set = bool(own or settings.app_secrets)
    answer = {
        "success": is_token_set and is_secret_set,
        "url": callback_url(settings, channel.id if channel is not None and own else None),
        "verify_token_set": is_token_set,
        "secret_set": is_secret_set,
        "webhook_verified_at": moment(channel.webhook_verified_at) if channel else None,
        "last_event_at": moment(channel.last_event_at) if channel else None,
        "last_signature_failure_at": moment(channel.webhook_refused_at) if channel else None,
    }
    return json_answer(answer)


@tenant_blueprint.get("/config/<tenant>")
@tenant_blueprint.output(
    TenantConfigShown,
    example={
        "success": True,
        "realmId": "default",
        "enabled": True,
        "source": "env",
        "phoneNumberId": "106540352242922",
        "businessAccountId": "102290129340398",
        "hasAccessToken": True,
        "templates": {"invoice": "invoice"},
        "templateLanguage": "es",
    },
)
def tenant_config(tenant: str) -> Response:
    """Show a tenant's configuration without secrets, by its id or short name; only your own"""
    with services().database.connect() as connection:
        slug = connection.execute(_SLUG, {"id": current_tenant()}).scalar_one()
        if tenant not in (slug, str(current_tenant())):
            raise Problem(404, "tenant_not_found", "There is no such tenant.")
        channel = queries.find_first(connection, current_tenant())
        mapped = templates.document_templates(connection, current_tenant())
    names = {_template_type(kind, step): one.name for (kind, step), one in {**DEFAULT_TEMPLATES, **mapped}.items()}
    answer = {
        "success": True,
        "realmId": tenant,
        "enabled": channel is not None and channel.is_active,
        "source": _source(channel),
        "phoneNumberId": channel.phone_number_id if channel else None,
        "businessAccountId": channel.waba_id if channel else None,
        "hasAccessToken": channel is not None,
        "templates": names,
        "templateLanguage": services().settings.whatsapp_template_language,
    }
    return json_answer(answer)


@admin_blueprint.get("/debug/env")
@admin_blueprint.output(EnvironmentShown, example={"success": True, "environment": {"WHATSAPP_APP_SECRET": True}})
def debug_env() -> Response:
    """Tell which variables are set: yes or no, never what they hold"""
    return json_answer({"success": True, "environment": _environment(services().settings)})


def register(app: Flask) -> None:
    """Mount S4's addresses at the root and under its prefix, the others where they were."""
    app.register_blueprint(blueprint)
    for suffix, prefix in MOUNTS.items():
        for one in (tenant_blueprint, admin_blueprint):
            app.register_blueprint(one, name=f"{one.name}{suffix}", url_prefix=prefix or None)


_SLUG = text("SELECT slug FROM tenants WHERE id = :id")


def _save(wanted: Wanted) -> None:
    with changing() as channels:
        try:
            channels.save(wanted)
        except Violation as violation:
            raise Violation(violation.detail, FIELDS_OF_S0.get(violation.at, violation.at)) from None
    ring(SEND)


def _save_config(asked: FoundingConfig) -> Response:
    wanted = Wanted(
        phone_number_id=asked.phoneNumberId,
        display_phone_number=asked.displayPhoneNumber,
        access_token=asked.accessToken,
        is_active=asked.isActive,
    )
    _save(wanted)
    return json_answer({"ok": True})


def _settings_shown(connection: Connection) -> dict[str, Any]:
    settings = services().settings
    channel = queries.find_first(connection, current_tenant())
    access_token = _opened(channel and channel.access_token, sealed.ACCESS_TOKEN)
    verify_token = _opened(channel and channel.verify_token, sealed.VERIFY_TOKEN) or settings.verify_token
    own = _own_secrets(connection, channel)
    return {
        "success": True,
        "message": None,
        "phoneNumberId": channel.phone_number_id if channel else None,
        "businessAccountId": channel.waba_id if channel else None,
        "accessToken": masked(access_token),
        "webhookVerifyToken": masked(verify_token),
        "has_access_token": access_token is not None,
        "has_webhook_verify_token": verify_token is not None,
        "source": _source(channel),
        "isActive": channel is not None and channel.is_active,
        "webhookUrl": callback_url(settings, channel.id if channel is not None and own else None),
    }


def _own_secrets(connection: Connection, channel: Any) -> list[UUID]:
    if channel is None:
        return []
    known = app_secrets.of_tenant(connection, current_tenant())
    return [secret.id for secret in known if secret.channel_id == channel.id]


def _source(channel: Any) -> str | None:
    if channel is None:
        return None
    try:
        token = _opened(channel.access_token, sealed.ACCESS_TOKEN)
    except EncryptionError:
        return "db"
    return "env" if token is not None and is_from_environment(channel, token) else "db"


def _opened(stored: str | None, purpose: str) -> str | None:
    return services().keyring.decrypt(stored, purpose) if stored else None


def _template_type(kind: str, step: str) -> str:
    return kind if step == "initial" else f"{kind}_{step}"


def _environment(settings: Settings) -> dict[str, bool]:
    """Return for each variable with a connection to Meta whether it is set and usable."""
    return {
        "WHATSAPP_VERIFY_TOKEN": settings.verify_token is not None,
        "WHATSAPP_APP_SECRET": bool(settings.app_secrets),
        "WHATSAPP_PHONE_NUMBER_ID": settings.whatsapp_phone_number_id is not None,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": settings.whatsapp_business_account_id is not None,
        "WHATSAPP_ACCESS_TOKEN": settings.whatsapp_access_token is not None,
        "WHATSAPP_ENCRYPTION_KEY": bool(settings.encryption_keys),
        "WHATSAPP_WEBHOOK_URL": settings.whatsapp_webhook_url is not None,
        "WHATSAPP_SERVER_API": settings.whatsapp_server_api is not None,
        "WHATSAPP_API_KEY": settings.whatsapp_api_key is not None,
        "PUBLIC_URL": settings.public_url is not None,
        "production": settings.env == "production",
        "simulator": settings.uses_simulator,
    }
