"""Health: is the process alive, may it take work, and S4.17's own form."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from apiflask import APIBlueprint
from flask import Response
from redis import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from db.queries import channels, inbox, outbox
from db.schema_version import is_current
from settings import PLACEHOLDER_APP_SECRETS, Settings
from web.api import examples
from web.api.answers import json_answer, moment
from web.api.database import Database
from web.api.schemas.health import FoundingHealth, Live, Ready
from web.api.services import services
from web.api.surfaces import FOUNDING_PREFIX
from web.within import ANSWER_SECONDS, within
from worker.heartbeats import LATELY_SECONDS, WorkerState, client_of
from worker.heartbeats import workers as states_of_workers
from worker.queues import QUEUES

LATE_SECONDS = 60.0
"""Work that is due for longer than this has no worker."""

NOT_READY: Final[Any] = {
    503: {
        "description": "Not ready: Postgres, the migrations or the webhook secret.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ready"}}},
    }
}

Check = dict[str, Any]

blueprint = APIBlueprint("health", __name__, tag="Health")


@blueprint.get("/health/live")
@blueprint.output(Live, example={"status": "alive"})
@blueprint.doc(operation_id="healthLive")
def live() -> Response:
    """Tell that the process answers"""
    return json_answer({"status": "alive"})


@blueprint.get("/health/ready")
@blueprint.output(Ready, example=examples.READY)
@blueprint.doc(
    operation_id="healthReady",
    responses=NOT_READY,
)
def ready() -> Response:
    """Tell whether work can be taken

    Postgres, migrations and the webhook secret decide. Redis, workers and channels are only shown: without them work
    waits in Postgres. The verify token is needed when Meta's console is set up, and no longer.
    """
    settings = services().settings
    asked, states = _redis(settings)
    checks = {**_checks_of_postgres(), **configuration(settings), "redis": asked}
    checks["workers"] = _living(checks["workers"], states)
    is_ready = all(checks[name]["ok"] for name in DECIDING)
    return json_answer({"status": "ready" if is_ready else "not ready", "checks": checks}, 200 if is_ready else 503)


DECIDING: Final = ("postgres", "migrations", "webhook_secret")


@blueprint.get("/health")
@blueprint.get(f"{FOUNDING_PREFIX}/health", endpoint="founding_health_v2")
@blueprint.output(FoundingHealth, example=examples.FOUNDING_HEALTH)
def founding_health() -> Response:
    """Tell that the service answers, as S4.17 did"""
    settings = services().settings
    return json_answer(
        {
            "status": "OK",
            "service": "paperboy",
            "timestamp": moment(datetime.now(UTC)),
            "apiConfigured": settings.uses_simulator or settings.whatsapp_access_token is not None,
            "mode": "simulator" if settings.uses_simulator else "cloud_api",
        }
    )


def configuration(settings: Settings) -> dict[str, Check]:
    """Tell of each setting that Meta's webhooks need whether it can work."""
    return {"webhook_secret": webhook_secret(settings), "verify_token": verify_token(settings)}


def verify_token(settings: Settings) -> Check:
    """Tell whether Meta can verify the webhook's address."""
    if settings.verify_token is not None:
        return {"ok": True}
    return {"ok": False, "detail": "WHATSAPP_VERIFY_TOKEN is not set: choose one and give it to Meta's console."}


def webhook_secret(settings: Settings) -> Check:
    """Tell whether webhooks can be verified, and what is wrong with the setting when they cannot (S1.1, S1.2)."""
    if settings.app_secrets:
        return {"ok": True}
    placeholders = [one for one in settings.whatsapp_app_secret if one.get_secret_value() in PLACEHOLDER_APP_SECRETS]
    if placeholders:
        name = placeholders[0].get_secret_value()
        return {"ok": False, "detail": f'WHATSAPP_APP_SECRET is the placeholder "{name}": copy the real one from Meta.'}
    return {"ok": False, "detail": "WHATSAPP_APP_SECRET is not set: copy it from Meta's app settings."}


def _checks_of_postgres() -> dict[str, Check]:
    try:
        return within(partial(_database_checks, services().database))
    except TimeoutError:
        return _without_postgres(f"No answer within {ANSWER_SECONDS:g} s.")


def _database_checks(database: Database) -> dict[str, Check]:
    try:
        with database.connect() as connection:
            connection.execute(text("SELECT 1"))
            migrations = _migrations(connection)
            is_current = migrations["ok"]
            workers = _shown(connection, _workers) if is_current else _not_asked()
            sending = _shown(connection, _channels) if is_current else _not_asked()
            return {"postgres": {"ok": True}, "migrations": migrations, "workers": workers, "channels": sending}
    except SQLAlchemyError as error:
        return _without_postgres(type(getattr(error, "orig", None) or error).__name__)


def _without_postgres(detail: str) -> dict[str, Check]:
    unasked = ("migrations", "workers", "channels")
    return {"postgres": {"ok": False, "detail": detail}, **{check: _not_asked() for check in unasked}}


def _migrations(connection: Connection) -> Check:
    if is_current(connection):
        return {"ok": True}
    return {"ok": False, "detail": "The schema is not this version's: run python -m db.migrate."}


def _shown(connection: Connection, check: Callable[[Connection], Check]) -> Check:
    try:
        return check(connection)
    except SQLAlchemyError as error:
        return {"ok": False, "detail": type(error).__name__}


def _workers(connection: Connection) -> Check:
    waiting = inbox.backlog(connection)
    overdue = max((one.overdue_seconds for one in outbox.backlog(connection)), default=0.0)
    overdue = max(overdue, 0.0)
    return {
        "ok": max(waiting.oldest_seconds, overdue) < LATE_SECONDS,
        "inbox_rows": waiting.depth,
        "inbox_oldest_seconds": round(waiting.oldest_seconds, 3),
        "outbox_overdue_seconds": round(overdue, 3),
    }


def _channels(connection: Connection) -> Check:
    """Tell whether channels are paused, and why; which ones is for those with a key (GET /v1/channels)."""
    codes = sorted({str(pause.code) for pause in channels.paused_channels(connection)})
    return {"ok": False, "detail": f"paused by Meta's error {', '.join(codes)}"} if codes else {"ok": True}


def _redis(settings: Settings) -> tuple[Check, list[WorkerState] | None]:
    """Ask Redis, in one round trip, whether it answers and which workers wrote there."""
    if settings.redis_address is None:
        return _not_asked(), None
    try:
        with client_of(settings.redis_address) as client:
            return {"ok": True}, states_of_workers(client)
    except (RedisError, OSError) as error:
        return {"ok": False, "detail": type(error).__name__}, None


def _living(backlog: Check, states: list[WorkerState] | None) -> Check:
    """Add to what waits who is there to take it."""
    if states is None:
        return {**backlog, "ok": False, "detail": "Redis does not tell which workers live."}
    served = {queue for state in states if state.seconds_ago < LATELY_SECONDS for queue in state.queues}
    alive = [
        {"name": state.name, "queues": state.queues, "seconds_ago": round(state.seconds_ago, 1)}
        for state in states
        if state.seconds_ago < LATELY_SECONDS
    ]
    silent = [queue for queue in QUEUES if queue not in served]
    if not silent:
        return {**backlog, "alive": alive}
    return {**backlog, "ok": False, "detail": f"No worker answered lately for: {', '.join(silent)}.", "alive": alive}


def _not_asked() -> Check:
    return {"ok": False, "detail": "not asked"}
