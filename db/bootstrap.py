"""The first start: tenant `default` with its API key, its channel, its document templates and its first user."""

import hashlib
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db import app_secrets, rotation, sealed
from db.api_keys import ALL_SCOPES, digest_of, prefix_of
from db.encryption import Keyring
from db.engine import build_engine, new_session
from db.ids import new_id
from db.models import ApiKey, Channel, DocumentTemplate, Pacing, Tenant, User
from db.passwords import hashed
from db.queries import app_secrets as app_secret_queries
from db.queries.app_secrets import EnvironmentSecret
from messaging.parameters import DEFAULT_TEMPLATES
from messaging.people import check_password
from messaging.violations import Violation
from settings import (
    SIMULATOR_ACCESS_TOKEN,
    SIMULATOR_PHONE_NUMBER_ID,
    SIMULATOR_WABA_ID,
    ConfigurationError,
    Settings,
)

DEFAULT_TENANT = "default"
ADMIN = "admin"
ADMIN_CREATED = "migrate: user admin of tenant default created"
"""Whoever made the password up knows by this line that it holds."""
NOBODY = "migrate: no user can log in yet: create one with `flask users create <login> --role owner`"


def bootstrap(settings: Settings) -> list[str]:
    """Make what a first start needs and is not there yet; return a line for each thing done.

    Raises:
        ConfigurationError: credentials are given in part.
        EncryptionError: no usable WHATSAPP_ENCRYPTION_KEY, or it does not decrypt what is stored.
    """
    keyring = Keyring(settings.encryption_keys)
    engine = build_engine(settings.database)
    try:
        with new_session(engine) as session, session.begin():
            rotation.check(session.connection(), keyring)
            tenant_id = _ensure_tenant(session)
            return [
                *_ensure_api_key(session, tenant_id, settings),
                *_ensure_channel(session, tenant_id, settings, keyring),
                *_ensure_app_secrets(session, tenant_id, settings, keyring),
                *_ensure_templates(session, tenant_id, settings),
                *_ensure_admin(session, tenant_id, settings),
            ]
    finally:
        engine.dispose()


def _ensure_tenant(session: Session) -> UUID:
    tenant = Tenant(id=new_id(), slug=DEFAULT_TENANT, name="Default")
    session.execute(insert(Tenant).values(id=tenant.id, slug=tenant.slug, name=tenant.name).on_conflict_do_nothing())
    # Locked, so that two that start at once take turns with all that follows.
    return session.scalars(select(Tenant.id).where(Tenant.slug == DEFAULT_TENANT).with_for_update()).one()


def _ensure_api_key(session: Session, tenant_id: UUID, settings: Settings) -> list[str]:
    if settings.bootstrap_api_key is None:
        return []
    key = settings.bootstrap_api_key.get_secret_value()
    values = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "name": "bootstrap",
        "prefix": prefix_of(key),
        "digest": digest_of(key),
        "scopes": list(ALL_SCOPES),
    }
    made = session.execute(insert(ApiKey).values(values).on_conflict_do_nothing().returning(ApiKey.id)).first()
    if made is None:
        return []
    earlier = session.execute(
        update(ApiKey)
        .where(ApiKey.tenant_id == tenant_id, ApiKey.name == values["name"], ApiKey.id != made.id)
        .where(ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(ApiKey.id)
    ).all()
    return ["migrate: API key of tenant default created" + (", the one before it revoked" if earlier else "")]


def _ensure_channel(session: Session, tenant_id: UUID, settings: Settings, keyring: Keyring) -> list[str]:
    phone_number_id, waba_id, token = _credentials(settings)
    digest = hashlib.sha256(token.encode()).digest()
    channel = session.scalars(_connected(tenant_id, phone_number_id)).first()
    if channel is None:
        channel = Channel(
            id=new_id(),
            tenant_id=tenant_id,
            phone_number_id=phone_number_id,
            waba_id=waba_id,
            access_token=keyring.encrypt(token, sealed.ACCESS_TOKEN),
            environment_token_digest=digest,
            throughput_per_second=settings.throughput_per_second,
        )
        session.add(channel)
        session.flush()
        session.add(Pacing(channel_id=channel.id))
        return [f"migrate: channel {phone_number_id} of tenant default created"]
    channel.number_unproved_since = None
    if channel.environment_token_digest == digest:
        return []
    channel.access_token = keyring.encrypt(token, sealed.ACCESS_TOKEN)
    channel.environment_token_digest = digest
    channel.waba_id = waba_id or channel.waba_id
    _forget_the_token_before(channel)
    return [f"migrate: channel {phone_number_id} has a new access token from the environment"]


def _forget_the_token_before(channel: Channel) -> None:
    """What was known of it, alarms included; a channel that Meta had stopped tries one message with the new one."""
    channel.is_on_trial = channel.is_on_trial or channel.paused_at is not None
    channel.paused_at = channel.paused_code = channel.paused_reason = channel.probe_at = None
    channel.token_checked_at = channel.token_is_valid = channel.token_problem = None
    channel.token_expires_at = channel.token_data_access_expires_at = channel.token_scopes = channel.token_app_id = None


def _connected(tenant_id: UUID, phone_number_id: str) -> Select[Channel]:
    """The channel that the number belongs to: what another tenant merely claims does not count."""
    is_owner = or_(Channel.number_unproved_since.is_(None), Channel.tenant_id == tenant_id)
    connected = select(Channel).where(Channel.phone_number_id == phone_number_id, Channel.disconnected_at.is_(None))
    return connected.where(is_owner).order_by(Channel.number_unproved_since.nulls_first()).limit(1)


def _ensure_app_secrets(session: Session, tenant_id: UUID, settings: Settings, keyring: Keyring) -> list[str]:
    given = [
        EnvironmentSecret(
            app_secrets.environment_id(secret),
            keyring.encrypt(secret, sealed.APP_SECRET),
            app_secrets.digest_of(secret),
        )
        for secret in settings.app_secrets
    ]
    connection = session.connection()
    retired = app_secret_queries.retire_environment(connection, [secret.id for secret in given])
    registered = app_secret_queries.register_environment(connection, tenant_id, given)
    if not registered and not retired:
        return []
    return [f"migrate: {registered} app secrets from the environment registered, {retired} retired"]


def _credentials(settings: Settings) -> tuple[str, str | None, str]:
    """Return phone_number_id, WABA id and access token of the first channel."""
    if settings.whatsapp_access_token is None:
        if settings.env == "production":
            raise ConfigurationError("ENV=production needs WHATSAPP_ACCESS_TOKEN: the simulator's channel is refused.")
        if settings.whatsapp_phone_number_id is not None and not settings.uses_simulator:
            raise ConfigurationError("WHATSAPP_PHONE_NUMBER_ID is set but WHATSAPP_ACCESS_TOKEN is not: give both.")
        return SIMULATOR_PHONE_NUMBER_ID, SIMULATOR_WABA_ID, SIMULATOR_ACCESS_TOKEN
    if settings.whatsapp_phone_number_id is None:
        raise ConfigurationError("WHATSAPP_ACCESS_TOKEN is set but WHATSAPP_PHONE_NUMBER_ID is not: give both.")
    return (
        settings.whatsapp_phone_number_id,
        settings.whatsapp_business_account_id,
        settings.whatsapp_access_token.get_secret_value(),
    )


def _ensure_templates(session: Session, tenant_id: UUID, settings: Settings) -> list[str]:
    names = {"invoice": settings.whatsapp_template_name, "quote": settings.whatsapp_quote_template_name}
    rows = [
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "kind": kind,
            "step": step,
            "name": name,
            "language": settings.whatsapp_template_language,
            "parameters": list(template.order),
            "environment": f"{name} {settings.whatsapp_template_language}",
        }
        for (kind, step), template in DEFAULT_TEMPLATES.items()
        for name in [names[kind] if step == "initial" else template.name]
    ]
    given = insert(DocumentTemplate).values(rows)
    mapped = session.execute(
        given.on_conflict_do_update(
            constraint="document_templates_kind",
            set_={column: given.excluded[column] for column in ("name", "language", "environment")},
            where=DocumentTemplate.environment.is_distinct_from(given.excluded.environment),
        ).returning(DocumentTemplate.id)
    ).all()
    return [f"migrate: {len(mapped)} document templates mapped"] if mapped else []


def _ensure_admin(session: Session, tenant_id: UUID, settings: Settings) -> list[str]:
    """Make the first user. A password counts only then: whoever changed it would not want the variable's back."""
    if session.scalars(select(User.id).where(or_(User.tenant_id == tenant_id, User.login == ADMIN)).limit(1)).first():
        return []
    if settings.bootstrap_admin_password is None:
        return [NOBODY] if settings.env == "production" else []
    password = _admin_password(settings.bootstrap_admin_password.get_secret_value())
    session.add(
        User(id=new_id(), tenant_id=tenant_id, login=ADMIN, name="Admin", role="owner", password_hash=hashed(password))
    )
    return [ADMIN_CREATED]


def _admin_password(given: str) -> str:
    try:
        return check_password(given, ADMIN)
    except Violation as violation:
        raise ConfigurationError(f"BOOTSTRAP_ADMIN_PASSWORD: {violation.detail}.") from None
