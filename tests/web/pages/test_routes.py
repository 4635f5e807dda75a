"""Every page: who may reach it, that nothing crosses tenants, and that nothing comes from another host."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

from messaging.people import ROLES
from tests.web.api.world import Business, change, rows
from tests.web.people.browser import TOKEN, Browser, path_of
from tests.web.people.conftest import PASSWORD, Person
from web.pages.app import PUBLIC

NEEDED = {
    "credentials.new": "owner",
    "credentials.connect": "owner",
    "credentials.save": "owner",
    "credentials.drop_secret": "owner",
    "credentials.disconnect": "owner",
    "connection.test": "operator",
    "connection.resume": "operator",
    "sample_invoice.send": "operator",
    "sample_invoice.follow": "operator",
    "alarms.set_callback": "owner",
    "alarms.try_out": "operator",
    "alarms.remove_callback": "owner",
    "customers.set_lookup": "owner",
    "customers.remove_lookup": "owner",
    "customers.set_retention": "owner",
    "session_registration.show": "owner",
    "session_registration.register": "owner",
    "gateway_sessions.stop_all": "owner",
    "gateway_sessions.start": "operator",
    "gateway_sessions.restart": "operator",
    "gateway_sessions.stop": "operator",
    "gateway_sessions.log_out": "owner",
    "gateway_sessions.ask_pairing_code": "operator",
    "webhook.subscribe": "owner",
    "webhook.register_callback": "owner",
    "templates.fetch": "operator",
    "templates.edit": "owner",
    "templates.choose": "owner",
    "keys.create": "owner",
    "keys.revoke": "owner",
    "people.invite": "owner",
    "people.change": "owner",
    "people.make_reset_link": "owner",
    "people.switch_off": "owner",
    "people.switch_on": "owner",
    "login.leave": "viewer",
    "inbox.show_list": "viewer",
    "texts.put": "operator",
    "texts.remove": "operator",
    "rules.add": "operator",
    "rules.try_out": "viewer",
    "rules.switch": "operator",
    "rules.remove": "operator",
    "answering.answer": "operator",
    "answering.send_template": "operator",
    "changing.mark_read": "operator",
    "changing.change_state": "operator",
    "changing.assign": "operator",
    "changing.label": "operator",
    "changing.add_note": "operator",
    "changing.look_up": "operator",
    "account.change_profile": "viewer",
    "account.change_password": "viewer",
    "account.end_sessions": "viewer",
}
"""Who may do it. Whatever changes something has to stand here; the rest is for looking."""
STATIC = Path(__file__).parents[3] / "web" / "pages" / "static"
OUTSIDE = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["'(]?(?:https?:)?//""")


def routes(pages: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in pages.url_map.iter_rules():
        if rule.endpoint not in PUBLIC:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, rule


def logged_in(pages: Flask, login: str = "ana") -> Browser:
    browser = Browser(pages.test_client())
    browser.log_in(login, PASSWORD)
    return browser


def ask(browser: Browser, method: str, path: str) -> int:
    token = TOKEN.search(browser.get("/account").text)
    assert token is not None
    return browser.client.open(path, method=method, data={"csrf_token": token[1]}).status_code


def test_whatever_changes_something_says_who_may(pages: Flask) -> None:
    changing = {rule.endpoint for method, rule in routes(pages) if method == "POST"}
    assert changing <= set(NEEDED)
    assert set(NEEDED) <= {rule.endpoint for _, rule in routes(pages)}


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_a_role_reaches_what_it_may_and_nothing_else(pages: Flask, engine: Engine, ana: Person, role: str) -> None:
    change(engine, "UPDATE users SET role = :role", role=role)
    browser = logged_in(pages)
    for method, rule in routes(pages):
        needed = NEEDED.get(rule.endpoint, "viewer")
        is_refused = ROLES.index(needed) < ROLES.index(role)
        if rule.endpoint not in ("login.leave", "account.end_sessions"):
            status = ask(browser, method, path_of(rule))
            assert (status == 403) == is_refused, f"{method} {rule.rule}: {status}"


def test_no_address_answers_for_another_tenant_s_ids(
    pages: Flask, engine: Engine, ana: Person, stranger: Business, eve: Person
) -> None:
    browser = logged_in(pages)
    tables = ("channels", "users", "api_keys", "app_secrets", "templates", "document_templates")
    before = [rows(engine, f"SELECT * FROM {table} ORDER BY id") for table in tables]
    ids = [
        stranger.channel_id,
        eve.id,
        rows(engine, "SELECT id FROM api_keys WHERE tenant_id = :id", id=stranger.tenant_id)[0].id,
    ]
    checked = [(method, rule) for method, rule in routes(pages) if "<uuid:" in rule.rule]
    assert len(checked) >= 12
    for method, rule in checked:
        for theirs in ids:
            assert ask(browser, method, path_of(rule, str(theirs))) == 404, f"{method} {rule.rule}"
    assert [rows(engine, f"SELECT * FROM {table} ORDER BY id") for table in tables] == before


def test_no_list_shows_another_tenant_s_things(owner: Browser, engine: Engine, stranger: Business, eve: Person) -> None:
    change(engine, "UPDATE channels SET name = 'planted-number'")
    change(engine, "UPDATE api_keys SET name = 'planted-key' WHERE tenant_id = :id", id=stranger.tenant_id)
    for path in ("/settings", "/settings/templates", "/settings/keys", "/settings/people", "/settings/audit"):
        text = owner.get(path).text
        for planted in ("planted", "evelina", "rentcall_reminder</div>", str(stranger.channel_id)):
            assert planted not in text, f"{path}: {planted}"


def test_pages_ask_no_other_host(pages: Flask, ana: Person) -> None:
    browser = logged_in(pages)
    for path in (
        "/login",
        "/settings",
        "/settings/channels/new",
        "/settings/templates",
        "/settings/keys",
        "/settings/people",
        "/settings/audit",
        "/account",
        "/inbox",
        "/settings/texts",
        "/settings/rules",
        "/settings/customers",
        "/settings/nothing",
    ):
        page = (Browser(pages.test_client()) if path == "/login" else browser).get(path)
        assert not OUTSIDE.search(page.text), path
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page.text), f"{path}: inline"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_files_of_the_pages_name_no_other_host() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in (".css", ".js")]
    ours = {"paperboy.css", "paperboy.js", "theme.js", "inbox.css", "inbox.js"}
    assert {path.name for path in files} == {"tabler.min.css", "htmx.min.js", *ours}
    for path in files:
        text = path.read_text()
        assert not re.search(r"@import|sourceMappingURL", text), path
        assert not re.search(r"url\((?![\"']?(?:data:|#|%23))", text), path
        assert not re.search(r"fetch\([\"']http|src\s*=\s*[\"']http", text), path


def test_what_is_vendored_keeps_its_version_and_licence() -> None:
    folders = list((STATIC / "vendor").iterdir())
    assert len(folders) == 3
    for folder in folders:
        assert re.fullmatch(r"[a-z-]+-\d+\.\d+\.\d+", folder.name)
        assert (folder / "LICENSE").read_text()


@pytest.mark.parametrize(
    ("given", "theme"), [("dark", "dark"), ("light", "light"), ("<script>", "light"), ("", "light")]
)
def test_the_chosen_theme_is_there_before_any_script(pages: Flask, given: str, theme: str) -> None:
    client = pages.test_client()
    client.set_cookie("paperboy_theme", given)
    assert f'data-bs-theme="{theme}"' in client.get("/login").text
