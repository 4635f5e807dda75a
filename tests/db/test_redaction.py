"""Secrets in what people read: hidden by their name and by their look."""

import pytest
from sqlalchemy import Engine, text

from db.api_keys import new_key, prefix_of
from db.changes.invitations import TOKEN_PREFIX
from db.passwords import NOBODYS
from db.queries import audit
from db.redaction import HIDDEN, redacted
from tests.rows import add_channel

SECRETS = [
    new_key(),
    f"{TOKEN_PREFIX}{'x' * 43}",
    "EAAGm0PX4ZCpsBAKZCZA",
    NOBODYS,
    "Bearer abc.def",
]


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    shown = str(redacted({"note": f"it was {secret} before", "list": [secret], "deep": {"reason": secret}}))
    assert secret not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "name", ["password", "access_token", "app_secret", "verify_token", "token", "password_hash", "Authorization"]
)
def test_what_is_named_a_secret_is_hidden(name: str) -> None:
    assert redacted({name: "anything"}) == {name: HIDDEN}


def test_what_is_none_stays() -> None:
    key = new_key()
    kept = {"prefix": prefix_of(key), "scopes": ["send"], "has_access_token": True, "token": None, "count": 3}
    assert redacted(kept) == kept


def test_a_secret_never_enters_the_audit_log(engine: Engine) -> None:
    with engine.begin() as connection:
        tenant_id = add_channel(connection).tenant_id
        audit.write(
            connection, tenant_id, actor="cli", action="x", target=SECRETS[0], access_token="plain", why=SECRETS[2]
        )
        stored = str(connection.execute(text("SELECT * FROM audit_log")).one())
    assert not [secret for secret in (*SECRETS, "plain") if secret in stored]
