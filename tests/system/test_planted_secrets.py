"""Planted secrets are searched for wherever they could come to the surface, with every process running."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import requests
from psycopg import sql
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from db.engine import build_engine
from db.ids import new_id
from db.models import Base
from settings import Settings
from simulator import defaults
from tests.rows import change, text_item, webhook
from tests.system.conftest import System
from tests.waiting import wait_for
from tests.web.people.browser import TOKEN
from whatsapp.signature import sign

PASSWORD = f"planted-password-{secrets.token_hex(8)}"
BODY = f"planted-body-{secrets.token_hex(8)}"
CUSTOMER, FAILING = "+18095584417", "+18095584418"


@dataclass
class Planted:
    """What was planted and everything that was said."""

    secrets: dict[str, str]
    private: dict[str, str]
    """Content: it belongs into rows and answers, and nowhere else."""
    answers: list[tuple[str, str]] = field(default_factory=list)
    """Where, and what."""

    def keep(self, where: str, answer: requests.Response, *shown_once: str) -> requests.Response:
        """Remember an answer without what it shows once by design."""
        told = f"{answer.text} {dict(answer.headers)}"
        for secret in shown_once:
            told = told.replace(secret, "")
        self.answers.append((where, told))
        return answer

    def found_in(self, text: str, *, content: bool = True) -> list[str]:
        """Names of what stands in a text, also as hexadecimal (bytes in a dump)."""
        wanted = self.secrets | (self.private if content else {})
        return [name for name, word in wanted.items() if word in text or word.encode().hex() in text]


@pytest.fixture(scope="module")
def redis_content() -> dict[str, bytes]:
    return {}


@pytest.fixture(scope="module")
def planted(system: System, redis_content: dict[str, bytes]) -> Iterator[Planted]:
    """A day in the life of the system, with a secret in every place for one."""
    own = {
        name: f"planted-{name}-{secrets.token_hex(10)}" for name in ("token", "newtoken", "appsecret", "verifytoken")
    }
    made = Planted(
        {
            **own,
            "environment's token": defaults.ACCESS_TOKEN,
            "environment's app secret": defaults.APP_SECRET,
            "encryption key": system.environment["WHATSAPP_ENCRYPTION_KEY"],
            "bootstrap key": system.api_key,
            "admin's password": system.admin_password,
            "password": PASSWORD,
            "wrong password": PASSWORD[::-1],
        },
        {"body": BODY, "phone": CUSTOMER[1:], "failing phone": FAILING[1:]},
    )
    keep, api = made.keep, system.api
    new = {
        "phone_number_id": "5550009", "waba_id": "7770009", "access_token": own["token"],
        "app_secret": own["appsecret"], "verify_token": own["verifytoken"],
    }  # fmt: skip
    with system.frozen_workers():
        channel = keep("connect", api("POST", "/v1/channels", json=new)).json()["id"]
        keep("connect again", api("POST", "/v1/channels", json=new))
        keep("malformed", api("POST", "/v1/channels", json={**new, "phone_number_id": "x", "surplus": own["token"]}))
        keep("no JSON", api("POST", "/v1/channels", data=f'{{"access_token": "{own["token"]}"'))
        keep("change", api("PATCH", f"/v1/channels/{channel}", json={"access_token": own["newtoken"]}))
        sent = keep("invoice", _invoice(system, CUSTOMER)).json()["messages"][0]["id"]
        system.meta.control("faults", next=1, fault="error", code=131026, to=FAILING)
        refused = keep("refused", _invoice(system, FAILING)).json()["messages"][0]["id"]
        wamid = f"wamid.{new_id().hex}"
        system.post_webhook(webhook(change(messages=[text_item(wamid, CUSTOMER[1:], BODY)])))
        _own_webhook(system, channel, own["appsecret"])
        wait_for(lambda: system.redis.llen("paperboy:send") and system.redis.llen("paperboy:ingest"))
        redis_content |= _redis_dump(system)
    key = api("POST", "/v1/keys", json={"name": new_id().hex, "scopes": ["read", "settings"]}).json()["key"]
    invited = api("POST", "/v1/users", json={"login": f"u{new_id().hex}", "role": "viewer"}).json()["invitation"]["url"]
    made.secrets |= {"API key": key, "invitation": invited.rpartition("/")[2]}
    _accept(system, made, invited)
    for path in _paths(channel, sent, refused):
        method, _, address = path.partition(" ")
        keep(path, api(method, address))
        keep(f"{path} with the new key", api(method, address, headers={"Authorization": f"Bearer {key}"}))
    wait_for(lambda: system.rows("SELECT 1 FROM messages WHERE wamid = %s", wamid))
    system.wait_until_read(sent)
    wait_for(lambda: system.message(refused)["status"] == "failed")
    yield made
    api("DELETE", f"/v1/channels/{channel}")


def _invoice(system: System, customer: str) -> requests.Response:
    invoice = {
        "number": new_id().hex, "customer": {"name": "Ana", "phone": customer}, "amount": "1.00", "currency": "DOP",
        "period": "noviembre 2026", "due_date": "2026-11-30", "link": "https://pay.example.com/i/1",
    }  # fmt: skip
    return system.api("POST", "/v1/invoices", json=invoice)


def _own_webhook(system: System, channel: str, app_secret: str) -> None:
    """Meta posts with the channel's own app, once rightly and once not."""
    body = webhook(change("5550009", messages=[text_item(f"wamid.{new_id().hex}", CUSTOMER[1:], BODY)]))
    url = f"{system.url}/webhook/{channel}"
    post = system.http.post
    wait_for(
        lambda: (
            post(url, data=body, headers={"X-Hub-Signature-256": sign(body, app_secret)}, timeout=5).status_code == 200
        )
    )
    post(url, data=body, headers={"X-Hub-Signature-256": sign(body, "wrong")}, timeout=5)


def _accept(system: System, made: Planted, invited: str) -> None:
    """Somebody accepts the invitation; somebody else guesses a password."""
    token = invited.rpartition("/")[2]
    page = made.keep("invitation", system.http.get(invited, timeout=10), token, invited)
    fields = {"name": "Eva", "password": PASSWORD, "password_again": PASSWORD}
    accepted = made.keep("accept", _submit(system, invited, page, fields), token, invited)
    assert accepted.status_code == 303
    login = f"{system.url}/login"
    wrong = {"login": "admin", "password": PASSWORD[::-1]}
    refused = made.keep("login", _submit(system, login, system.http.get(login, timeout=10), wrong))
    assert refused.status_code == 401
    system.http.cookies.clear()


def _submit(system: System, url: str, page: requests.Response, fields: dict[str, str]) -> requests.Response:
    """Send a form; the cookie is for https alone and would not be sent by itself."""
    found = TOKEN.search(page.text)
    assert found is not None
    headers = {"Cookie": page.headers["Set-Cookie"].partition(";")[0]}
    data = {**fields, "csrf_token": found[1]}
    return system.http.post(url, data=data, headers=headers, timeout=20, allow_redirects=False)


def _paths(channel: str, sent: str, refused: str) -> tuple[str, ...]:
    return (
        "GET /v1/channels", f"GET /v1/channels/{channel}", f"POST /v1/channels/{channel}/check",
        f"POST /v1/channels/{channel}/subscribe", f"POST /v1/channels/{channel}/register-callback",
        "GET /v1/keys", "GET /v1/users", "GET /v1/audit", "GET /v1/events", f"GET /v1/messages/{sent}",
        f"GET /v1/messages/{refused}", "GET /v1/messages", "GET /api/settings/whatsapp", "GET /api/whatsapp/config",
        "GET /config/default", "GET /debug/env", "GET /api/v1/whatsapp/webhook/test", "GET /health", "GET /health/ready",
        "GET /metrics", "GET /openapi.json", "GET /docs", "GET /message-statuses", "GET /nothing",
    )  # fmt: skip


def _redis_dump(system: System) -> dict[str, bytes]:
    readers: dict[bytes, Any] = {
        b"list": lambda key: b" ".join(system.redis.lrange(key, 0, -1)),  # type: ignore[arg-type]
        b"string": system.redis.get,
        b"set": lambda key: b" ".join(system.redis.smembers(key)),  # type: ignore[arg-type]
        b"hash": lambda key: repr(system.redis.hgetall(key)).encode(),
        b"zset": lambda key: repr(system.redis.zrange(key, 0, -1)).encode(),
    }
    keys: Any = system.redis.keys("*")
    return {key.decode(): readers[system.redis.type(key)](key) or b"" for key in keys}  # type: ignore[index]


def test_no_answer_holds_a_secret(planted: Planted) -> None:
    assert len(planted.answers) > 40
    for where, told in planted.answers:
        assert planted.found_in(told, content=False) == [], where


def test_no_log_of_any_process_holds_a_secret_a_number_or_a_message(system: System, planted: Planted) -> None:
    assert {"web", "worker-ingest", "worker-send", "worker-media", "worker-housekeeping", "beat", "flower"} <= set(
        system.logs
    )
    for name, log in system.logs.items():
        assert planted.found_in(log) == [], name


def test_nothing_in_redis_holds_a_secret_a_number_or_a_message(
    planted: Planted, redis_content: dict[str, bytes]
) -> None:
    assert {"paperboy:send", "paperboy:ingest"} <= set(redis_content)
    for key, value in redis_content.items():
        assert planted.found_in(f"{key} {value.decode(errors='replace')}") == [], key


def test_flower_shows_no_secret_number_or_message(system: System, planted: Planted) -> None:
    wanted = {"ingest.drain_inbox", "sending.send_messages"}
    wait_for(lambda: wanted <= {task["name"] for task in system.tasks_in_flower()})
    listed = system.tasks_in_flower()
    pages = [f"/task/{listed[0]['uuid']}", "/workers", "/tasks", "/broker", "/api/tasks", "/metrics"]
    told = [(path, system.http.get(system.flower_url + path, timeout=20).text) for path in pages]
    for path, text in [*told, ("datatable", str(listed))]:
        assert planted.found_in(text) == [], path


def test_no_plain_column_of_a_dump_of_the_database_holds_a_secret(system: System, planted: Planted) -> None:
    with psycopg.connect(system.database_url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall()
        assert len(tables) > 15
        for (table,) in tables:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))).fetchall()
            for (row,) in rows:
                assert planted.found_in(row, content=False) == [], table


def test_the_audit_log_tells_of_all_changes_and_of_no_secret(system: System, planted: Planted) -> None:
    rows = system.rows("SELECT action, audit_log::text FROM audit_log")
    assert {"channel.connected", "channel.changed", "key.created", "user.invited"} <= {action for action, _ in rows}
    for action, row in rows:
        assert planted.found_in(row) == [], action


def test_no_repr_of_settings_models_or_clients_shows_a_secret(
    system: System, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in system.environment.items():
        if name.lower() in Settings.model_fields:
            monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    shown = [repr(settings), str(settings), repr(settings.model_dump())]
    engine = build_engine(system.database_url)
    with Session(engine) as session:
        for mapper in Base.registry.mappers:
            shown += [repr(one) for one in session.scalars(select(mapper.class_).limit(50))]
    shown.append(repr(engine))
    engine.dispose()
    for text in shown:
        assert planted.found_in(text, content=False) == []


def test_a_failing_statement_tells_no_value(system: System, planted: Planted) -> None:
    engine = build_engine(system.database_url)
    assert engine.hide_parameters, "an error of SQLAlchemy would carry what was to be stored"
    engine.dispose()
    assert not create_engine("postgresql+psycopg://").hide_parameters, "which is not so by itself"
