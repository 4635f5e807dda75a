"""Health answers."""

from typing import Literal

from pydantic import BaseModel


class Live(BaseModel):
    status: Literal["alive"]


class CheckShown(BaseModel):
    ok: bool
    detail: str | None = None


class WorkerShown(BaseModel):
    name: str
    queues: list[str]
    seconds_ago: float


class WorkersShown(CheckShown):
    alive: list[WorkerShown] | None = None
    inbox_rows: int | None = None
    inbox_oldest_seconds: float | None = None
    outbox_overdue_seconds: float | None = None


class Checks(BaseModel):
    postgres: CheckShown
    migrations: CheckShown
    webhook_secret: CheckShown
    verify_token: CheckShown
    redis: CheckShown
    workers: WorkersShown
    channels: CheckShown


class Ready(BaseModel):
    status: Literal["ready", "not ready"]
    checks: Checks


class FoundingHealth(BaseModel):
    status: Literal["OK"]
    service: str
    timestamp: str
    apiConfigured: bool
    mode: Literal["simulator", "cloud_api"]
