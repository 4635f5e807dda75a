"""Every route of every surface, walked with another tenant's ids, keys and session: nothing crosses, nothing leaks."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from db import passwords
from db.changes import people
from db.changes.channels import ChannelSettings, Wanted
from db.encryption import Keyring
from db.gateway_settings import WantedSession
from db.gateway_settings import register as register_session
from db.ids import new_id
from db.models import Base
from db.queries import audit, live_events
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.requests import INVOICE, PHONE, QUOTE, TEXT, body_for
from tests.web.api.world import Business, Caller, add_business, add_file, add_template, change, open_window, rows
from tests.web.people.browser import TOKEN
from web.api.app import create_api_app
from web.api.conversation_examples import CANNED_WANTED, RULE_WANTED
from web.api.services import EXTENSION
from web.metrics import blueprint as metrics_blueprint
from web.pages.app import create_pages_app
from web.webhooks.app import create_webhook_app
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers
from whatsapp.signature import sign

KEY = new_encryption_key()
PASSWORD = "a long enough password"
PUBLIC = frozenset({"/docs", "/openapi.json", "/health", "/health/live", "/health/ready", "/metrics", "/login"})
PUBLIC_PREFIXES = ("/static/", "/assets/", "/invitation/", "/media/", "/api/v2/whatsapp/health")
"""Everything else asks for a key or a login; the links below /media/ are signed."""
NAMED_BY_CALLERS = "/api/v1/ws/status/"
"""Its ids are the callers' own names: of anybody else's it says what it says of nobody's, that they are not there."""
LAST = ("/logout", "/account")
"""What ends the walker's own session comes at the end."""
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def marker(name: str) -> str:
    """A word that can only have come from the first tenant."""
    return f"planted-{name}-{secrets.token_hex(6)}"


@dataclass(frozen=True)
class Planted:
    """What the first tenant has, and the words that stand in it."""

    business: Business
    ids: tuple[str, ...]
    markers: tuple[str, ...]


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database,
        whatsapp_encryption_key=KEY,
        api_rate_limit="100000/second",
        pages_rate_limit="100000/second",
        graph_api_url="http://127.0.0.1:9",
        public_url="https://paperboy.example",
        whatsapp_app_secret="secret-of-the-installation",
        WHATSAPP_VERIFY_TOKEN="verify-token-of-the-installation",
    )


@pytest.fixture
def api(settings: Settings) -> Iterator[Flask]:
    made = create_api_app(settings)
    made.register_blueprint(metrics_blueprint)
    yield made
    made.extensions[EXTENSION].database.close()


@pytest.fixture
def pages(settings: Settings, api: Flask) -> Flask:
    return create_pages_app(settings, api.extensions[EXTENSION])


@pytest.fixture
def receiver(settings: Settings, engine: Engine, planted: Planted, other: Business) -> Flask:
    signers = Signers(settings)
    with engine.begin() as connection:
        signers.refresh(connection)
    return create_webhook_app(settings, Inbox(settings.database, on_stored=lambda: None), signers)


@pytest.fixture
def planted(api: Flask, engine: Engine) -> Planted:
    """The first tenant with one of each thing, a word of its own in each."""
    word = {
        name: marker(name)
        for name in (
            "slug",
            "channel",
            "token",
            "verify",
            "secret",
            "body",
            "name",
            "key",
            "login",
            "detail",
            "template",
            "customer",
            "filename",
            "note",
            "answer",
            "canned",
            "session",
            "gateway",
            "crm",
            "known",
        )
    }
    number, waba, invoice = "444000111222", "555000111222", f"PLANTED{secrets.token_hex(6)}"
    with engine.begin() as connection:
        business = add_business(connection, word["slug"], channel=False)
        wanted = Wanted(
            phone_number_id=number,
            waba_id=waba,
            name=word["channel"],
            access_token=word["token"],
            verify_token=word["verify"],
            app_secret=word["secret"],
        )
        channels = ChannelSettings(connection, Keyring([KEY]), business.tenant_id, "test", is_vouched_for=True)
        channel_id = channels.connect(wanted)
        for name in ("invoice", "quote", "hello_world"):
            add_template(connection, business.tenant_id, channel_id, name)
        definition = [{"type": "BODY", "text": word["template"]}]
        add_template(connection, business.tenant_id, channel_id, word["template"], components=definition)
        person = people.create(
            connection, business.tenant_id, actor="test", login=word["login"], name=word["name"], role="owner",
            password_hash=passwords.hashed(PASSWORD),
        )  # fmt: skip
        thread = open_window(connection, business.tenant_id, channel_id, PHONE)
        file = add_file(connection, replace(business, channel_id=channel_id), word["filename"])
        session = WantedSession(
            kind="wwebjs", session_id=word["session"], base_url=f"http://127.0.0.1:9/{word['gateway']}", api_key="key",
            proof="url_secret", secret=word["secret"][::-1], user_id=None,
        )  # fmt: skip
        register_session(connection, Keyring([KEY]), business.tenant_id, "test", session)
        audit.write(connection, business.tenant_id, actor="test", action="planted", target="x", detail=word["detail"])
    owner = Caller(api.test_client(), business.key)
    message = owner.post("/v1/messages", {**TEXT, "text": {"body": word["body"]}}).json["id"]
    customer = {"name": word["name"], "phone": "+18095557777"}
    made = owner.post("/v1/invoices", {**INVOICE, "number": invoice, "customer": customer}).json
    quote = owner.post("/v1/quotes", QUOTE).json
    rule = owner.post("/v1/rules", {**RULE_WANTED, "answer": word["answer"]}).json["id"]
    canned = owner.post("/v1/canned-responses", {**CANNED_WANTED, "text": word["canned"]}).json["id"]
    owner.post(f"/v1/conversations/{thread}/notes", {"text": word["note"]})
    [contact] = rows(engine, "SELECT contact_id AS id FROM conversations WHERE id = :id", id=thread)
    owner.patch(f"/v1/contacts/{contact.id}", {"display_name": word["customer"]})
    assert owner.call("PUT", "/v1/contact-lookup", {"url": f"https://{word['crm']}.example.com/"}).status_code == 200
    owner.post(f"/v1/contacts/{contact.id}/lookup")
    known = "UPDATE contact_lookups SET answer = jsonb_build_object('plan', CAST(:known AS text)), state = 'answered'"
    change(engine, known, known=word["known"])
    key = owner.post("/v1/keys", {"name": word["key"], "scopes": ["read"]}).json
    wamid, event = f"wamid.{marker('wamid')}", str(new_id())
    change(engine, "UPDATE messages SET wamid = :wamid WHERE id = :id", wamid=wamid, id=message)
    change(
        engine,
        """
        INSERT INTO events (id, tenant_id, kind, state, reason, detail, envelope, digest)
        VALUES (:id, :tenant, 'unhandled', 'unhandled', 'unknown_number', :detail, '{}', 'x')
        """,
        id=event,
        tenant=business.tenant_id,
        detail=word["detail"],
    )
    with engine.begin() as connection:
        live_events.number(connection)  # whoever looks first does it, for all tenants
    [secret] = rows(engine, "SELECT id FROM app_secrets WHERE channel_id = :id", id=channel_id)
    ids = (
        str(business.tenant_id), word["slug"], str(channel_id), number, waba, str(secret.id), str(person.id), message,
        wamid, made["id"], invoice, quote["id"], str(QUOTE["number"]), key["id"], event, str(thread), str(contact.id), str(file),
        rule, canned, word["session"],
    )  # fmt: skip
    markers = (*word.values(), number, waba, invoice, wamid, key["key"], business.key, "18095557777")
    return Planted(business, ids, markers)


@pytest.fixture
def other(engine: Engine, planted: Planted) -> Business:
    """Another tenant, with a channel, an app and an owner of its own."""
    with engine.begin() as connection:
        business = add_business(connection, "other", channel=False)
        wanted = Wanted(
            phone_number_id="777000111", access_token="own", verify_token="own-verify", app_secret="own-app"
        )
        ChannelSettings(connection, Keyring([KEY]), business.tenant_id, "test", is_vouched_for=True).connect(wanted)
        people.create(
            connection, business.tenant_id, actor="test", login="eva", name="Eva", role="owner",
            password_hash=passwords.hashed(PASSWORD),
        )  # fmt: skip
    return business


def belongings(engine: Engine, tenant: Business) -> dict[str, list[Any]]:
    """Every row of a tenant."""
    held = {table.name for table in Base.metadata.sorted_tables if "tenant_id" in table.c}
    found = {name: f"SELECT * FROM {name} WHERE tenant_id = :id ORDER BY 1, 2" for name in held}
    found["tenants"] = "SELECT * FROM tenants WHERE id = :id"
    with engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(query), {"id": tenant.tenant_id})]
            for name, query in found.items()
        }


def rules(*apps: Flask) -> list[tuple[Flask, Rule]]:
    """Every route, those that end the walker's own session last."""
    found = [(app, rule) for app in apps for rule in app.url_map.iter_rules() if not rule.rule.startswith("/static")]
    return sorted(found, key=lambda one: one[1].rule.startswith(LAST))


def methods(rule: Rule) -> list[str]:
    """What changes less comes first."""
    order = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}, key=order.index)


def is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(PUBLIC_PREFIXES)


def filled(rule: Rule, ids: tuple[str, ...]) -> Iterator[str]:
    """The addresses of a route with every combination of ids in its places."""
    places = ARGUMENT.findall(rule.rule)
    for chosen in product(ids, repeat=len(places)):
        values = iter(chosen)
        yield ARGUMENT.sub(lambda _: next(values), rule.rule)  # noqa: B023 - used at once


def leaks(answer: TestResponse, asked: str, markers: tuple[str, ...]) -> list[str]:
    """Words of the first tenant that the answer has and the question had not."""
    told = f"{answer.get_data(as_text=True)} {answer.headers}"
    return [word for word in markers if word in told and word not in asked]


def test_every_route_asks_for_a_key_or_a_login_or_stands_on_the_public_list(
    api: Flask, pages: Flask, engine: Engine, planted: Planted
) -> None:
    before = belongings(engine, planted.business)
    for app, rule in rules(api, pages):
        path = next(filled(rule, planted.ids[2:3]))
        if is_public(path):
            continue
        for method in methods(rule):
            answer = app.test_client().open(path, method=method, json=body_for(method, path))
            to_login = answer.status_code == 302 and answer.headers["Location"].startswith("/login")
            no_token = app is pages and answer.status_code == 400
            assert answer.status_code == 401 or to_login or no_token, f"{method} {path}: {answer.status_code}"
            assert not leaks(answer, path, planted.markers), f"{method} {path}"
    assert belongings(engine, planted.business) == before


def test_no_route_of_the_api_shows_or_changes_what_another_tenants_ids_name(
    api: Flask, engine: Engine, planted: Planted, other: Business
) -> None:
    before, caller = belongings(engine, planted.business), Caller(api.test_client(), other.key)
    walked = 0
    for _, rule in rules(api):
        if not rule.arguments or is_public(rule.rule):
            continue
        for path in filled(rule, planted.ids):
            for method in methods(rule):
                answer = caller.call(method, path, body_for(method, path))
                expected = 200 if path.startswith(NAMED_BY_CALLERS) else 404
                assert answer.status_code == expected, f"{method} {path}: {answer.status_code}"
                assert not leaks(answer, path, planted.markers), f"{method} {path}"
                walked += 1
    assert walked > 300
    assert belongings(engine, planted.business) == before


def test_what_is_listed_made_or_deleted_without_an_id_is_the_callers_own(
    api: Flask, engine: Engine, planted: Planted, other: Business
) -> None:
    before, caller = belongings(engine, planted.business), Caller(api.test_client(), other.key)
    asked = {
        "phoneNumberId": planted.ids[3], "businessAccountId": planted.ids[4], "phone_number_id": planted.ids[3],
        "waba_id": planted.ids[4], "accessToken": "own", "access_token": "own", "login": planted.markers[8],
        "number": planted.ids[10], "to": "+18095557777", "text": {"body": "x"}, "tenant_id": planted.ids[0],
        "channel_id": planted.ids[2], "conversation_id": planted.ids[15], "contact_id": planted.ids[16],
    }  # fmt: skip
    for _, rule in rules(api):
        if rule.arguments or rule.rule in ("/metrics", "/docs", "/openapi.json"):
            continue
        for method in methods(rule):
            for body in ({}, asked) if body_for(method, rule.rule) else (None,):
                answer = caller.call(method, rule.rule, body)
                assert not leaks(answer, str(body), planted.markers), f"{method} {rule.rule}"
    for query in (f"tenant_id={planted.ids[0]}", "to=%2B18095557777", f"client_reference={planted.markers[0]}"):
        for path in ("/v1/messages", "/v1/events", "/v1/audit", "/v1/keys", "/v1/users", "/message-statuses"):
            assert not leaks(caller.get(f"{path}?{query}"), query, planted.markers), f"{path}?{query}"
    assert belongings(engine, planted.business) == before


def form_token(client: FlaskClient) -> str:
    found = TOKEN.search(client.get("/account").text) or TOKEN.search(client.get("/login").text)
    return found[1] if found else ""


@pytest.fixture
def eva(pages: Flask, other: Business) -> FlaskClient:
    """The other tenant's owner, logged in."""
    client = pages.test_client()
    fields = {"login": "eva", "password": PASSWORD, "csrf_token": form_token(client)}
    assert client.post("/login", data=fields).status_code == 303
    return client


def test_no_page_shows_or_changes_what_another_tenants_ids_name(
    pages: Flask, engine: Engine, planted: Planted, eva: FlaskClient
) -> None:
    before, csrf_token = belongings(engine, planted.business), form_token(eva)
    for _, rule in rules(pages):
        if rule.endpoint == "static":
            continue
        for path in filled(rule, planted.ids):
            for method in methods(rule):
                fields = {"csrf_token": csrf_token, "phone_number_id": planted.ids[3], "waba_id": planted.ids[4]}
                answer = eva.open(path, method=method, data=fields if method != "GET" else None)
                assert not leaks(answer, path + str(fields), planted.markers), f"{method} {path}"
                if rule.arguments:
                    assert answer.status_code in (404, 410), f"{method} {path}: {answer.status_code}"
                if answer.status_code == 302:  # whatever ended the session: the walk goes on
                    csrf_token = form_token(eva)
    assert belongings(engine, planted.business) == before


def test_no_webhook_address_takes_what_another_tenants_app_signed(
    receiver: Flask, engine: Engine, planted: Planted, other: Business
) -> None:
    body, client = b'{"object": "whatsapp_business_account", "entry": []}', receiver.test_client()
    for secret in ("own-app", ""):
        for rule in receiver.url_map.iter_rules():
            for path in filled(rule, (planted.ids[2],)):
                answer = client.post(path, data=body, headers={"X-Hub-Signature-256": sign(body, secret)})
                assert (answer.status_code, answer.data) == (401, b""), path
                query = {"hub.mode": "subscribe", "hub.verify_token": "own-verify", "hub.challenge": "1"}
                assert client.get(path, query_string=query).status_code == 403, path
    assert rows(engine, "SELECT FROM inbox") == []
