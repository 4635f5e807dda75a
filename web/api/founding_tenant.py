"""What S4's service tells of a tenant and of its environment (S4.16, S4.18), at the root and under its prefix."""

from typing import Final

from apiflask import APIBlueprint
from flask import Flask, Response
from sqlalchemy import text

from db.queries import channel_credentials as queries
from db.queries import templates
from messaging.parameters import DEFAULT_TEMPLATES
from settings import Settings
from web.api.answers import json_answer
from web.api.auth import SETTINGS, current_tenant, protect
from web.api.founding_channel import source
from web.api.problems import Problem
from web.api.schemas.channel_settings import EnvironmentShown, TenantConfigShown
from web.api.services import services
from web.api.surfaces import FOUNDING_PREFIX

TAG: Final = "Founding systems"

tenant_blueprint = APIBlueprint("founding_tenant", __name__, tag=TAG)
protect(tenant_blueprint)
admin_blueprint = APIBlueprint("founding_admin", __name__, tag=TAG)
protect(admin_blueprint, looking=SETTINGS, changing=SETTINGS)

MOUNTS: Final = {"": "", "_v2": FOUNDING_PREFIX}
NAMES: Final = tuple(f"{one.name}{suffix}" for one in (tenant_blueprint, admin_blueprint) for suffix in MOUNTS)


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
        "source": source(channel),
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
    """Mount both at the root and under the prefix."""
    for suffix, prefix in MOUNTS.items():
        for one in (tenant_blueprint, admin_blueprint):
            app.register_blueprint(one, name=f"{one.name}{suffix}", url_prefix=prefix or None)


_SLUG = text("SELECT slug FROM tenants WHERE id = :id")


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
