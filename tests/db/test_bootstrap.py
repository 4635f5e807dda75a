"""The first start, and what later ones leave alone."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from db import sealed
from db.api_keys import ALL_SCOPES, digest_of
from db.bootstrap import ADMIN_CREATED, NOBODY, bootstrap
from db.encryption import EncryptionError, Keyring
from db.passwords import compare
from db.queries.api_keys import find
from messaging.parameters import DEFAULT_TEMPLATES
from settings import ConfigurationError, Settings
from tests.db.conftest import new_encryption_key

KEY = new_encryption_key()
META = {
    "whatsapp_access_token": "EAAG-first",
    "whatsapp_phone_number_id": "5550001",
    "whatsapp_business_account_id": "7770001",
}


@pytest.fixture
def start(database: str) -> Any:
    """Start once with the given settings on this test's database."""

    def start(**given: Any) -> list[str]:
        return bootstrap(
            Settings(_env_file=None, **{"database_url": database, "whatsapp_encryption_key": KEY, **given})
        )

    return start


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)))


def stored_token(engine: Engine, keys: list[str] | None = None) -> str:
    (row,) = rows(engine, "SELECT access_token FROM channels")
    return Keyring(keys or [KEY]).decrypt(row.access_token, sealed.ACCESS_TOKEN)


def pause(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE channels SET paused_at = now(), paused_code = 190, paused_reason = 'expired', token_is_valid = false"
            )
        )


def test_the_first_start_makes_tenant_channel_and_templates_and_says_so(engine: Engine, start: Any) -> None:
    assert start() == [
        "migrate: channel 106540352242922 of tenant default created",
        "migrate: 1 app secrets from the environment registered, 0 retired",
        f"migrate: {len(DEFAULT_TEMPLATES)} document templates mapped",
    ]
    assert [row.slug for row in rows(engine, "SELECT slug FROM tenants")] == ["default"]
    (channel,) = rows(engine, "SELECT phone_number_id, waba_id, throughput_per_second FROM channels")
    assert channel == ("106540352242922", "102290129340398", 80)
    assert stored_token(engine) == "simulator-access-token"
    assert len(rows(engine, "SELECT FROM pacing")) == 1


def test_given_credentials_make_the_first_channel(engine: Engine, start: Any) -> None:
    start(**META, throughput_per_second=25)
    (channel,) = rows(engine, "SELECT phone_number_id, waba_id, throughput_per_second, access_token FROM channels")
    assert channel[:3] == ("5550001", "7770001", 25)
    assert "EAAG-first" not in channel.access_token
    assert stored_token(engine) == "EAAG-first"


def test_a_second_start_does_nothing(engine: Engine, start: Any) -> None:
    start(**META, bootstrap_api_key="pbk_1")
    before = rows(engine, "SELECT * FROM channels"), rows(engine, "SELECT * FROM api_keys")
    assert start(**META, bootstrap_api_key="pbk_1") == []
    assert (rows(engine, "SELECT * FROM channels"), rows(engine, "SELECT * FROM api_keys")) == before


def test_the_key_of_the_first_start_opens_the_api_and_is_stored_as_a_digest(engine: Engine, start: Any) -> None:
    assert "migrate: API key of tenant default created" in start(bootstrap_api_key="pbk_given-by-the-operator")
    with engine.connect() as connection:
        known = find(connection, digest_of("pbk_given-by-the-operator"))
    assert known is not None
    assert known.scopes == set(ALL_SCOPES)
    assert "given-by-the-operator" not in str(rows(engine, "SELECT * FROM api_keys"))


def test_a_key_that_was_revoked_stays_revoked(engine: Engine, start: Any) -> None:
    start(bootstrap_api_key="pbk_1")
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET revoked_at = now()"))
    assert start(bootstrap_api_key="pbk_1") == []
    with engine.connect() as connection:
        assert find(connection, digest_of("pbk_1")) is None


def test_the_token_is_replaced_only_when_the_variable_changed(engine: Engine, start: Any) -> None:
    start(**META)
    with engine.begin() as connection:
        token = Keyring([KEY]).encrypt("given by a person", sealed.ACCESS_TOKEN)
        connection.execute(text("UPDATE channels SET access_token = :token"), {"token": token})
    assert start(**META) == []
    assert stored_token(engine) == "given by a person"
    assert start(**{**META, "whatsapp_access_token": "EAAG-second"}) == [
        "migrate: channel 5550001 has a new access token from the environment"
    ]
    assert stored_token(engine) == "EAAG-second"


def test_a_new_token_lets_a_paused_channel_send_again_and_an_old_one_does_not(engine: Engine, start: Any) -> None:
    start(**META)
    pause(engine)
    start(**META)
    assert rows(engine, "SELECT paused_code FROM channels") == [(190,)]
    start(**{**META, "whatsapp_access_token": "EAAG-second"})
    assert rows(engine, "SELECT paused_at, paused_code, paused_reason FROM channels") == [(None, None, None)]
    assert rows(engine, "SELECT is_on_trial, token_is_valid FROM channels") == [(True, None)], "and its alarm ends"


def test_another_number_is_another_channel_and_takes_nothing_from_the_first(engine: Engine, start: Any) -> None:
    start(**META)
    start(**{**META, "whatsapp_phone_number_id": "5550002"})
    assert rows(engine, "SELECT phone_number_id FROM channels ORDER BY 1") == [("5550001",), ("5550002",)]
    assert len(rows(engine, "SELECT DISTINCT tenant_id FROM channels")) == 1


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"whatsapp_access_token": "EAAG-x"}, "WHATSAPP_ACCESS_TOKEN is set but WHATSAPP_PHONE_NUMBER_ID is not"),
        (
            {"whatsapp_phone_number_id": "5550001", "graph_api_url": "https://graph.example"},
            "WHATSAPP_PHONE_NUMBER_ID is set but WHATSAPP_ACCESS_TOKEN is not",
        ),
        (
            {"env": "production", "graph_api_url": "https://graph.example"},
            "the simulator's channel is refused",
        ),
    ],
)
def test_partial_credentials_are_refused_and_leave_nothing_behind(
    engine: Engine, start: Any, given: dict[str, str], line: str
) -> None:
    with pytest.raises(ConfigurationError, match=line):
        start(**given)
    assert rows(engine, "SELECT FROM tenants") == []


def test_a_lost_encryption_key_is_noticed_at_the_start_and_not_by_the_first_send(engine: Engine, start: Any) -> None:
    start(**META)
    with pytest.raises(EncryptionError, match="add that key to the list"):
        start(**META, whatsapp_encryption_key=new_encryption_key())
    other = new_encryption_key()
    assert start(**META, whatsapp_encryption_key=f"{other},{KEY}") == []
    assert stored_token(engine, [other, KEY]) == "EAAG-first"


def test_the_configured_template_carries_the_first_notice_of_its_kind(engine: Engine, start: Any) -> None:
    start(whatsapp_template_name="factura", whatsapp_template_language="es_MX", whatsapp_quote_template_name="oferta")
    found = rows(engine, "SELECT kind, name, language FROM document_templates WHERE step = 'initial' ORDER BY kind")
    assert found == [("invoice", "factura", "es_MX"), ("quote", "oferta", "es_MX")]


def test_what_a_person_mapped_is_not_overwritten(engine: Engine, start: Any) -> None:
    start()
    with engine.begin() as connection:
        connection.execute(text("UPDATE document_templates SET name = 'mine', parameters = '{amount}'"))
    start()
    assert {row.name for row in rows(engine, "SELECT name FROM document_templates")} == {"mine"}


def test_a_changed_variable_maps_its_kind_anew_and_nothing_else(engine: Engine, start: Any) -> None:
    start(whatsapp_template_name="factura")
    with engine.begin() as connection:
        connection.execute(text("UPDATE document_templates SET name = 'mine' WHERE kind = 'quote'"))
    assert start(whatsapp_template_name="factura_2026") == ["migrate: 1 document templates mapped"]
    found = rows(engine, "SELECT kind, name FROM document_templates WHERE step = 'initial' ORDER BY kind")
    assert found == [("invoice", "factura_2026"), ("quote", "mine")]


def test_a_changed_bootstrap_key_revokes_the_one_before_it(engine: Engine, start: Any) -> None:
    start(bootstrap_api_key="pbk_first-of-its-kind")
    assert start(bootstrap_api_key="pbk_second-of-its-kind") == [
        "migrate: API key of tenant default created, the one before it revoked"
    ]
    with engine.connect() as connection:
        assert find(connection, digest_of("pbk_first-of-its-kind")) is None
        assert find(connection, digest_of("pbk_second-of-its-kind"))


def test_ids_sort_by_the_time_they_were_made(engine: Engine, start: Any) -> None:
    start()
    (tenant,) = rows(engine, "SELECT id FROM tenants")
    (channel,) = rows(engine, "SELECT id FROM channels")
    assert isinstance(tenant.id, UUID)
    assert tenant.id.version == 7
    assert tenant.id < channel.id


PASSWORD = "a password of the operator"


def admin(engine: Engine) -> Any:
    (row,) = rows(engine, "SELECT login, role, password_hash FROM users")
    return row


def test_the_given_password_makes_the_first_owner(engine: Engine, start: Any) -> None:
    assert ADMIN_CREATED in start(bootstrap_admin_password=PASSWORD)
    assert admin(engine)[:2] == ("admin", "owner")
    assert compare(admin(engine).password_hash, PASSWORD).is_right


def test_there_is_no_default_password(engine: Engine, start: Any) -> None:
    start()
    assert rows(engine, "SELECT FROM users") == []


def test_production_without_a_password_says_how_to_make_a_user_until_there_is_one(engine: Engine, start: Any) -> None:
    production = {**META, "env": "production"}
    assert NOBODY in start(**production)
    assert rows(engine, "SELECT FROM users") == []
    start(**production, bootstrap_admin_password=PASSWORD)
    assert start(**production) == []


def test_a_changed_variable_changes_no_password(engine: Engine, start: Any) -> None:
    start(bootstrap_admin_password=PASSWORD)
    assert start(bootstrap_admin_password="another password of it") == []
    assert compare(admin(engine).password_hash, PASSWORD).is_right


def test_a_weak_password_is_refused_in_a_line_that_does_not_tell_it(engine: Engine, start: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^BOOTSTRAP_ADMIN_PASSWORD: the password is too short") as refused:
        start(bootstrap_admin_password="hidden")
    assert "hidden" not in str(refused.value)
    assert rows(engine, "SELECT FROM tenants") == []
