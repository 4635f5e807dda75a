"""The secrets with which a gateway signs are rotated."""

from typing import Any

import pytest
from sqlalchemy import Engine

from db import sealed
from db.encryption import Keyring
from db.queries import gateway_sources
from tests.web.api.gateways.world import KEY, Caller, register


def secrets_of(admin: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin("GET", "/v1/gateways/shop/secrets").json["data"]
    return found


def test_a_secret_is_rotated_without_a_moment_in_which_none_counts(admin: Caller, engine: Engine) -> None:
    first = register(admin).json["secret"]
    made = admin("POST", "/v1/gateways/shop/secrets", {})
    assert made.status_code == 201
    second = made.json["secret"]
    assert first != second
    assert len(secrets_of(admin)) == 2
    assert second not in admin("GET", "/v1/gateways/shop/secrets").text
    with engine.connect() as connection:
        [source] = gateway_sources.receiving(connection)
    opened = [Keyring([KEY]).decrypt(sealed_secret, sealed.APP_SECRET) for _, sealed_secret in source.secrets]
    assert opened == [second, first]
    old = secrets_of(admin)[-1]["id"]
    assert admin("DELETE", f"/v1/gateways/shop/secrets/{old}").status_code == 204
    assert [one["id"] == old for one in secrets_of(admin)] == [False]
    last = secrets_of(admin)[0]["id"]
    refused = admin("DELETE", f"/v1/gateways/shop/secrets/{last}")
    assert (refused.status_code, refused.json["code"]) == (409, "last_secret")
    assert len(secrets_of(admin)) == 1


@pytest.mark.parametrize("secret", ["short", "x" * 15])
def test_a_secret_that_is_too_short_is_refused(admin: Caller, secret: str) -> None:
    register(admin)
    assert admin("POST", "/v1/gateways/shop/secrets", {"secret": secret}).status_code == 422


def test_a_secret_of_no_session_or_no_secret_is_not_found(admin: Caller) -> None:
    register(admin)
    for method, path in (("GET", "nowhere/secrets"), ("POST", "nowhere/secrets"), ("DELETE", "shop/secrets/x")):
        assert admin(method, f"/v1/gateways/{path}", {} if method == "POST" else None).status_code == 404
