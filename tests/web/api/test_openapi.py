"""The description is valid and complete, and the API keeps to it (schemathesis)."""

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from sqlalchemy import text

from db.encryption import Keyring
from db.engine import build_engine
from db.sealed import ACCESS_TOKEN
from embedded.postgres import Postgres
from settings import Settings
from tests.db.conftest import new_encryption_key
from tests.web.api.world import add_business
from web.api.app import create_api_app
from web.api.services import EXTENSION

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    negative_data_rejection,
    ignored_auth,
    unsupported_method,
]
EXAMPLES_EACH = 15
KEY = new_encryption_key()


class Api:
    """The app that the cases go to; before there is a database, one that can only describe itself."""

    def __init__(self) -> None:
        self.app = create_api_app(Settings(_env_file=None, database_url="postgresql://nobody@127.0.0.1:1/nothing"))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)


api = Api()
schema = schemathesis.openapi.from_wsgi("/openapi.json", api)


@pytest.fixture(scope="module")
def key(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """An API key of a business in the database that all cases share."""
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE described TEMPLATE {migrated_template}")
    url = postgres_server.url_of("described")
    api.app = create_api_app(
        Settings(_env_file=None, database_url=url, whatsapp_encryption_key=KEY, api_rate_limit="100000/second")
    )
    engine = build_engine(url)
    with engine.begin() as connection:
        business = add_business(connection, "default")
        token = Keyring([KEY]).encrypt("EAAG", ACCESS_TOKEN)
        connection.execute(text("UPDATE channels SET access_token = :token"), {"token": token})
    engine.dispose()
    yield business.key
    api.app.extensions[EXTENSION].database.close()


def test_the_description_is_valid_openapi_3_1() -> None:
    assert schema.raw_schema["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(schema.raw_schema)


def test_no_parameter_of_an_address_may_be_null() -> None:
    operations = [one for path in schema.raw_schema["paths"].values() for one in path.values()]
    parameters = [one for operation in operations for one in operation.get("parameters", ())]
    assert {one["schema"].get("type") for one in parameters if one["in"] == "query"} <= {"string", "integer", "boolean"}
    assert any(one["name"] == "cursor" and "default" not in one["schema"] for one in parameters)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_EACH,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_to_its_description(case: schemathesis.Case, key: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)
