"""The settings pages as forms: what they change, what they keep, and what they never show again."""

import re

import pytest
from sqlalchemy import Engine

from db.changes import keys
from tests.web.api.world import add_template, change, rows
from tests.web.people.browser import Browser
from tests.web.people.conftest import PASSWORD, Person

TOKEN = "EAAG-a-token-long-enough"
NUMBER = {"phone_number_id": "106540352242922", "waba_id": "102290129340398", "access_token": TOKEN, "is_active": "yes"}


@pytest.fixture
def channel(owner: Browser) -> str:
    """The address of a number that Ana has connected."""
    answer = owner.submit("/settings/channels", form_at="/settings", **NUMBER)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def stored(engine: Engine) -> tuple[str, str | None, str | None, bool]:
    [row] = rows(engine, "SELECT access_token, waba_id, name, is_active FROM channels")
    return tuple(row)  # type: ignore[return-value]


def test_the_first_page_says_how_to_connect_a_number(owner: Browser) -> None:
    assert "Connect your WhatsApp number" in owner.get("/settings").text


def test_a_connected_number_is_shown_without_its_token(owner: Browser, channel: str, engine: Engine) -> None:
    page = owner.get(channel).text
    assert TOKEN not in page
    assert "••••ough" in page
    assert owner.get("/settings").text.count('data-light="') == 12
    assert TOKEN not in stored(engine)[0]


def test_empty_fields_keep_what_is_there(owner: Browser, channel: str, engine: Engine) -> None:
    """S0.4, S2.4."""
    before = stored(engine)
    answer = owner.submit(channel, access_token="", waba_id="", name="Sales", is_active="yes")
    assert answer.status_code == 303
    assert stored(engine) == (before[0], before[1], "Sales", True)


def test_a_number_is_switched_off_and_on(owner: Browser, channel: str, engine: Engine) -> None:
    """S2.6."""
    owner.submit(channel)
    assert stored(engine)[3] is False
    assert "Switched off" in owner.get(channel).text
    owner.submit(channel, is_active="yes")
    assert stored(engine)[3] is True


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"access_token": ""}, "The access token is missing"),
        ({"phone_number_id": "+1 829 555 0142"}, "no id of Meta"),
        ({"phone_number_id": ""}, "The phone number id is missing"),
        ({"access_token": "••••ough"}, "masked form"),
        ({"name": "x" * 101}, "longer than 100 characters"),
    ],
)
def test_a_refused_number_says_why_beside_its_field_and_keeps_what_was_typed(
    owner: Browser, engine: Engine, fields: dict[str, str], reason: str
) -> None:
    answer = owner.submit("/settings/channels", form_at="/settings", **{**NUMBER, **fields})
    assert answer.status_code == 422
    assert reason in answer.text.replace("&#39;", "'")
    assert 'value="102290129340398"' in answer.text
    assert TOKEN not in answer.text
    assert rows(engine, "SELECT FROM channels") == []


def test_the_verify_token_is_shown_to_owners_only(owner: Browser, channel: str, engine: Engine) -> None:
    owner.submit(channel, app_secret="a-secret-of-our-own-app", verify_token="our-verify-token", is_active="yes")
    assert "our-verify-token" in owner.get(channel).text
    for role in ("operator", "viewer"):
        change(engine, "UPDATE users SET role = :role", role=role)
        assert "our-verify-token" not in owner.get(channel).text


def test_a_number_with_an_app_of_its_own_has_an_address_of_its_own(owner: Browser, channel: str) -> None:
    """S1.3, S0.12."""
    assert '/webhook"' in owner.get(channel).text
    owner.submit(channel, app_secret="a-secret-of-our-own-app", is_active="yes")
    assert f'/webhook/{channel.rpartition("/")[2]}"' in owner.get(channel).text


def test_an_old_app_secret_shows_its_last_use_and_is_dropped(owner: Browser, channel: str, engine: Engine) -> None:
    for secret in ("the-old-secret-of-the-app", "the-new-secret-of-the-app"):
        owner.submit(channel, app_secret=secret, is_active="yes")
    change(
        engine,
        "UPDATE app_secrets SET last_used_at = now() - interval '9 days' WHERE created_at = (SELECT min(created_at) FROM app_secrets)",
    )
    page = owner.get(channel).text
    assert "9 days ago" in page or "1 week ago" in page
    [drop] = re.findall(rf"{channel}/secrets/[0-9a-f-]+/drop", page)[-1:]
    assert owner.submit(drop, form_at=channel).status_code == 303
    assert len(rows(engine, "SELECT FROM app_secrets WHERE retired_at IS NULL")) == 1


def test_a_disconnected_number_has_no_credentials(owner: Browser, channel: str, engine: Engine) -> None:
    assert owner.submit(f"{channel}/disconnect", form_at=channel).location == "/settings"
    assert stored(engine)[0] is None
    assert owner.get(channel).status_code == 404


def test_a_key_is_shown_once_and_works_until_it_is_revoked(owner: Browser, engine: Engine) -> None:
    page = owner.submit("/settings/keys", name="accounting", scopes="send", life="30").text
    [key] = re.findall(r"pbk_[\w-]{30,}", page)
    assert key not in owner.get("/settings/keys").text
    assert key not in owner.get("/settings/audit").text
    [row] = rows(engine, "SELECT id, scopes, created_by, expires_at FROM api_keys WHERE name = 'accounting'")
    assert (row.scopes, row.created_by, row.expires_at is not None) == (["send"], "user:ana", True)
    owner.submit(f"/settings/keys/{row.id}/revoke", form_at="/settings/keys")
    assert rows(engine, "SELECT FROM api_keys WHERE name = 'accounting' AND revoked_at IS NULL") == []


@pytest.mark.parametrize("fields", [{"name": "", "scopes": "send"}, {"name": "x"}, {"name": "x", "scopes": "all"}])
def test_a_refused_key_is_not_made(owner: Browser, engine: Engine, fields: dict[str, str]) -> None:
    before = len(rows(engine, "SELECT FROM api_keys"))
    assert owner.submit("/settings/keys", **fields).status_code == 422
    assert len(rows(engine, "SELECT FROM api_keys")) == before


def test_an_invited_person_gets_a_link_that_is_shown_once(owner: Browser) -> None:
    page = owner.submit("/settings/people", login="Eva@Example.com", name="Eva", role="viewer", language="es").text
    [path] = re.findall(r"/invitation/pbi_[\w-]+", page)
    assert path not in owner.get("/settings/people").text
    invited = Browser(owner.client.application.test_client())
    assert "Le damos la bienvenida" in invited.get(path).text, "in the language of the invitation"
    assert invited.submit(path, name="Eva", password=PASSWORD, password_again=PASSWORD).status_code == 303
    assert "eva@example.com" in invited.get("/settings/people").text


def test_the_last_owner_stays_owner_and_is_told_why(owner: Browser, ana: Person, engine: Engine) -> None:
    answer = owner.submit(f"/settings/people/{ana.id}", form_at="/settings/people", role="viewer", language="en")
    assert answer.status_code == 303
    assert "This is the last owner" in owner.get("/settings/people").text
    assert rows(engine, "SELECT role FROM users") == [("owner",)]


def test_somebody_switched_off_is_out_at_once_and_may_come_back(owner: Browser, engine: Engine) -> None:
    owner.submit("/settings/people", login="eva", name="Eva", role="viewer", language="en")
    [eva] = rows(engine, "SELECT id FROM users WHERE login = 'eva'")
    for way, is_active in (("off", False), ("on", True)):
        owner.submit(f"/settings/people/{eva.id}/{way}", form_at="/settings/people")
        assert rows(engine, "SELECT is_active FROM users WHERE login = 'eva'") == [(is_active,)]


def test_a_document_gets_a_template_with_each_place_filled(
    owner: Browser, channel: str, engine: Engine, ana: Person
) -> None:
    with engine.begin() as connection:
        add_template(connection, ana.tenant_id, rows(engine, "SELECT id FROM channels")[0].id, "quote")
    form = "/settings/templates/invoice/initial"
    asked = {"template": "quote|es"}
    assert owner.get(form, query_string=asked).text.count('name="parameter"') == 5
    chosen = ["customer_name", "number", "amount", "due_date", "link"]
    for parameters, status in ((chosen[:4], 422), ([*chosen[:4], "nonsense"], 422), (chosen, 303)):
        answer = owner.submit(form, form_at=f"{form}?template=quote|es", template="quote|es", parameter=parameters)  # type: ignore[arg-type]
        assert answer.status_code == status
    [row] = rows(engine, "SELECT name, parameters FROM document_templates WHERE kind = 'invoice' AND step = 'initial'")
    assert (row.name, row.parameters) == ("quote", chosen)
    assert owner.submit(form, form_at="/account", template="nothing|es", parameter="link").status_code == 422
    assert owner.get("/settings/templates/invoice/nonsense").status_code == 404


def test_a_template_s_text_is_shown_as_text(owner: Browser, channel: str, engine: Engine, ana: Person) -> None:
    body = {"type": "BODY", "text": "<b>Hola</b> {{1}}"}
    with engine.begin() as connection:
        channel_id = rows(engine, "SELECT id FROM channels")[0].id
        add_template(connection, ana.tenant_id, channel_id, "markup", components=[body])
    page = owner.get("/settings/templates").text
    assert '&lt;b&gt;Hola&lt;/b&gt; <mark class="place">1</mark>' in page


def test_the_log_is_filtered_and_paged(owner: Browser, ana: Person, engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(60):
            keys.create(connection, ana.tenant_id, actor="key:robot", name=f"key-{number:02}", scopes=["read"])
    first = owner.get("/settings/audit", query_string={"action": "key.created", "actor": "ROBOT"}).text
    assert first.count("key:robot") == 50
    assert "Logged in</td>" not in first
    [older] = re.findall(r'href="\?([^"]*older=[^"]*)"', first)
    second = owner.get("/settings/audit", query_string=older.replace("&amp;", "&")).text
    assert second.count("key:robot") == 10
    assert owner.get("/settings/audit?older=nonsense").status_code == 404
    assert "Nothing found" in owner.get("/settings/audit?actor=nobody").text


def test_a_test_of_the_connection_without_scripts_is_a_whole_page(owner: Browser, channel: str) -> None:
    whole = owner.submit(f"{channel}/test", form_at=channel).text
    assert whole.startswith("<!doctype html>")
    assert whole.count('data-light="') == 12
