"""The description is valid and complete, and the API keeps to it (schemathesis)."""

from collections.abc import Iterator

import psycopg
import pytest
import schemathesis
from apiflask import APIFlask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
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
EXAMPLES_EACH = 10
KEY = new_encryption_key()


@pytest.fixture(scope="module")
def app(postgres_server: Postgres, migrated_template: str) -> Iterator[APIFlask]:
    """The app that the cases go to."""
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE described TEMPLATE {migrated_template}")
    made = create_api_app(
        Settings(
            _env_file=None,
            database_url=postgres_server.url_of("described"),
            whatsapp_encryption_key=KEY,
            api_rate_limit="100000/second",
        )
    )
    yield made
    made.extensions[EXTENSION].database.close()


@pytest.fixture(scope="module")
def key(app: APIFlask) -> str:
    """An API key of a business in the database that all cases share."""
    with app.extensions[EXTENSION].database.transaction() as connection:
        business = add_business(connection, "default")
        token = Keyring([KEY]).encrypt("EAAG", ACCESS_TOKEN)
        connection.execute(text("UPDATE channels SET access_token = :token"), {"token": token})
    return business.key


@pytest.fixture(scope="module")
def schema(app: APIFlask) -> BaseSchema:
    """What the app says of itself."""
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@pytest.fixture(scope="module")
def tried(schema: BaseSchema) -> Iterator[set[str]]:
    """The operations that had a case; at the end it must be all."""
    labels: set[str] = set()
    yield labels
    every = {f"{method.upper()} {path}" for path, methods in schema.raw_schema["paths"].items() for method in methods}
    assert len(every) > 100
    assert labels == every


described = schemathesis.pytest.from_fixture("schema")
"""Cases are made when the test runs: to make them while tests are collected costs each worker a quarter of a minute."""


def test_the_description_is_valid_openapi_3_1(schema: BaseSchema) -> None:
    assert schema.raw_schema["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(schema.raw_schema)


def test_no_parameter_of_an_address_may_be_null(schema: BaseSchema) -> None:
    operations = [one for path in schema.raw_schema["paths"].values() for one in path.values()]
    parameters = [one for operation in operations for one in operation.get("parameters", ())]
    assert {one["schema"].get("type") for one in parameters if one["in"] == "query"} <= {"string", "integer", "boolean"}
    assert any(one["name"] == "cursor" and "default" not in one["schema"] for one in parameters)


@pytest.mark.timeout(600)
@described.parametrize()
@settings(
    max_examples=EXAMPLES_EACH,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_to_its_description(case: schemathesis.Case, key: str, tried: set[str]) -> None:
    tried.add(case.operation.label)
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)
