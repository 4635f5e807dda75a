"""All configuration, read once from the environment (and `.env`), named as `.env.example` documents it."""

from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from messaging.contradictions import contradictions
from messaging.limits import DEFAULTS, Limits

SIMULATOR_PHONE_NUMBER_ID = "106540352242922"
SIMULATOR_WABA_ID = "102290129340398"
SIMULATOR_VERIFY_TOKEN = "simulator-verify-token"
SIMULATOR_APP_SECRET = "simulator-app-secret"
SIMULATOR_ACCESS_TOKEN = "simulator-access-token"
META_GRAPH_API_URL = "https://graph.facebook.com"
DATABASE_URL_FILE = "database_url"
ENCRYPTION_KEY_FILE = "encryption_key"
"""In DATA_DIR: where the embedded Postgres of the last start is found, and the key made for it."""

PLACEHOLDER_APP_SECRETS = frozenset({"development-app-secret", "your-actual-app-secret-here", "your-app-secret"})
"""Values copied from guides. They count as "not configured" (S1.2)."""


class ConfigurationError(Exception):
    """The settings cannot work; the message is one line that says what to do."""


class Settings(BaseSettings):
    """Every setting of Paperboy. A field is the environment variable's name in lower case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    env: Literal["development", "production"] = "development"
    bind_host: str = "127.0.0.1"
    port: int = 8000
    realtime_port: int = 8001
    simulator_port: int = 8002
    flower_port: int = 5555
    data_dir: Path = Path(".data")
    media_url: str | None = None
    raw_events_days: int = Field(default=30, ge=8, le=36_500)
    public_url: str | None = None
    script_name: str = ""
    trusted_proxies: int = Field(default=1, ge=0)
    web_workers: int = Field(default=2, ge=1)
    worker_concurrency: int = Field(default=2, ge=1)

    database_url: SecretStr | None = None
    broker_url: SecretStr | None = None
    redis_url: SecretStr | None = None

    bootstrap_api_key: SecretStr | None = None
    bootstrap_admin_password: SecretStr | None = None

    graph_api_url: str | None = None
    graph_api_version: str = "v26.0"
    allow_unsigned_webhooks: bool = False
    api_rate_limit: str = "100/second"
    pages_rate_limit: str = "600/minute"
    metrics_port: int = 0
    flower_basic_auth: SecretStr | None = None

    whatsapp_verify_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("WHATSAPP_VERIFY_TOKEN", "WHATSAPP_WEBHOOK_VERIFY_TOKEN")
    )
    whatsapp_app_secret: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    whatsapp_phone_number_id: str | None = None
    whatsapp_business_account_id: str | None = None
    whatsapp_access_token: SecretStr | None = None
    whatsapp_encryption_key: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    whatsapp_webhook_url: str | None = None
    whatsapp_template_name: str = "invoice"
    whatsapp_template_language: str = "es"
    whatsapp_quote_template_name: str = "quote"
    whatsapp_server_api: str | None = None
    whatsapp_api_key: SecretStr | None = None
    session_cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    graph_read_timeout_seconds: float = Field(default=DEFAULTS.graph_read_seconds, gt=0)
    send_lease_seconds: float = Field(default=DEFAULTS.send_lease_seconds, gt=0)
    ingest_lease_seconds: float = Field(default=DEFAULTS.ingest_lease_seconds, gt=0)
    unknown_silence_seconds: float = Field(default=DEFAULTS.unknown_silence_seconds, gt=0)
    resend_unknown: Literal["once", "never"] = "once"
    throughput_per_second: Decimal = Field(default=Decimal(80), gt=0)

    @field_validator("whatsapp_app_secret", "whatsapp_encryption_key", "session_cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("script_name")
    @classmethod
    def _begin_with_a_slash(cls, value: str) -> str:
        path = value.strip("/")
        return f"/{path}" if path else ""

    @field_validator("*", mode="before")
    @classmethod
    def _empty_means_absent(cls, value: object, info: object) -> object:
        if value == "":
            field = cls.model_fields[info.field_name]  # type: ignore[attr-defined]
            return field.get_default(call_default_factory=True)
        return value

    @field_validator("flower_basic_auth")
    @classmethod
    def _user_and_password(cls, value: SecretStr | None) -> SecretStr | None:
        user, _, password = value.get_secret_value().partition(":") if value else ("", "", "")
        if value and not (user and password):
            raise ValueError("must be user:password")
        return value

    @model_validator(mode="after")
    def _refuse_limits_that_contradict_each_other(self) -> Self:
        problems = tuple(contradictions(self.limits))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _refuse_what_production_must_not_have(self) -> Self:
        if self.env == "production":
            problems = tuple(_production_problems(self))
            if problems:
                raise ValueError("; ".join(problems))
        return self

    @property
    def limits(self) -> Limits:
        """Leases, timeouts and thresholds (messaging.limits) with what the environment changes of them."""
        return Limits(
            graph_read_seconds=self.graph_read_timeout_seconds,
            send_lease_seconds=self.send_lease_seconds,
            ingest_lease_seconds=self.ingest_lease_seconds,
            unknown_silence_seconds=self.unknown_silence_seconds,
        )

    @property
    def uses_simulator(self) -> bool:
        """True when neither a Graph API address nor an access token is given: the simulator stands in for Meta."""
        return self.graph_api_url is None and self.whatsapp_access_token is None

    @property
    def graph_url(self) -> str:
        """Base address of the Graph API, without the version."""
        if self.graph_api_url:
            return self.graph_api_url.rstrip("/")
        return f"http://127.0.0.1:{self.simulator_port}" if self.uses_simulator else META_GRAPH_API_URL

    @property
    def own_url(self) -> str:
        """Where the outside reaches this service."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def live_url(self) -> str:
        """Where the outside reaches the WebSocket process: through the proxy, or its own port where there is none."""
        return self.own_url if self.env == "production" else f"http://127.0.0.1:{self.realtime_port}{self.script_name}"

    @property
    def app_secrets(self) -> tuple[str, ...]:
        """App secrets that may sign webhooks, newest first; empty when none is usable (S1.2)."""
        given = tuple(secret.get_secret_value() for secret in self.whatsapp_app_secret)
        usable = tuple(secret for secret in given if secret not in PLACEHOLDER_APP_SECRETS)
        if not given and self.uses_simulator:
            return (SIMULATOR_APP_SECRET,)
        return usable

    @property
    def verify_token(self) -> str | None:
        """Token that Meta repeats in the verification GET; None when it is not configured."""
        if self.whatsapp_verify_token is not None:
            return self.whatsapp_verify_token.get_secret_value()
        return SIMULATOR_VERIFY_TOKEN if self.uses_simulator else None

    @property
    def redis_address(self) -> str | None:
        """Address of Redis: REDIS_URL, or the broker's where that is one."""
        url = self.redis_url or self.broker_url
        given = url.get_secret_value() if url else ""
        return given if given.startswith(("redis://", "rediss://", "unix://")) else None

    @property
    def celery_broker_url(self) -> str:
        """Broker address for Celery.

        Raises:
            ConfigurationError: BROKER_URL is not set.
        """
        if self.broker_url is None:
            raise ConfigurationError("BROKER_URL is not set: give redis://… or amqp://…, or start with `make run`.")
        return self.broker_url.get_secret_value()

    @property
    def database(self) -> str:
        """Postgres address as libpq takes it.

        Raises:
            ConfigurationError: DATABASE_URL is not set.
        """
        if self.database_url is None:
            raise ConfigurationError("DATABASE_URL is not set: give postgresql://…, or start with `make run`.")
        return self.database_url.get_secret_value()

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """Keys for secrets at rest; the first encrypts, all decrypt."""
        return tuple(key.get_secret_value() for key in self.whatsapp_encryption_key)


def _production_problems(settings: Settings) -> list[str]:
    problems = []
    if settings.uses_simulator:
        problems.append("ENV=production needs WHATSAPP_ACCESS_TOKEN: the simulator's channel is refused")
    if not settings.whatsapp_encryption_key:
        problems.append("ENV=production needs WHATSAPP_ENCRYPTION_KEY (32 random bytes in url-safe base64)")
    if settings.allow_unsigned_webhooks:
        problems.append("ALLOW_UNSIGNED_WEBHOOKS is refused when ENV=production")
    return problems


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings.

    Raises:
        ConfigurationError: a variable is malformed or a combination is refused; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"]).upper()
        message = problem["msg"].removeprefix("Value error, ")
        parts.append(f"{name}: {message}" if name else message)
    return "; ".join(parts)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches what listens on `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
