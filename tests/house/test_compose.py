"""docker-compose.yml: valid, complete, closed, and the same processes as the embedded default."""

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from embedded.processes import MIGRATE, PROCESSES, Process
from messaging.limits import DEFAULTS
from settings import Settings
from tests.house.compose_file import Missing, document, services, trial, words
from worker.queues import QUEUES

STORES_AND_PROXY = {"postgres", "redis", "caddy"}
ONE_SHOT = {"migrate"}
OWN = [MIGRATE, *PROCESSES]
NOT_THEIRS = {("flower_basic_auth", process.name) for process in OWN if process.name != "flower"}
"""Flower's password is Flower's alone."""
SECRETS = [
    "BOOTSTRAP_ADMIN_PASSWORD",
    "BOOTSTRAP_API_KEY",
    "FLOWER_BASIC_AUTH",
    "POSTGRES_PASSWORD",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_ENCRYPTION_KEY",
]


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    return services(trial())


def test_it_is_valid_by_the_compose_specification() -> None:
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text())
    validator = validator_for(schema, default=Draft202012Validator)(schema)
    assert [error.message for error in validator.iter_errors(document(trial()))] == []


@pytest.mark.parametrize("name", SECRETS)
def test_nothing_starts_without_a_secret(name: str) -> None:
    with pytest.raises(Missing, match=f"^{name}$"):
        services(trial() | {name: ""})


def test_flower_asks_for_the_password_that_was_given(composed: dict[str, Any]) -> None:
    assert composed["flower"]["environment"]["FLOWER_BASIC_AUTH"] == trial()["FLOWER_BASIC_AUTH"]


def test_the_founding_name_of_the_verify_token_reaches_the_containers() -> None:
    """S4.19, S4.31."""
    environment = trial() | {"WHATSAPP_VERIFY_TOKEN": "", "WHATSAPP_WEBHOOK_VERIFY_TOKEN": "test123"}
    assert services(environment)["web"]["environment"]["WHATSAPP_VERIFY_TOKEN"] == "test123"


def test_production_is_the_default() -> None:
    environment = {name: value for name, value in trial().items() if name != "ENV"}
    assert services(environment)["web"]["environment"]["ENV"] == "production"


def test_there_is_a_service_for_every_process_and_no_other(composed: dict[str, Any]) -> None:
    assert set(composed) - STORES_AND_PROXY == {process.name for process in OWN}


@pytest.mark.parametrize("process", OWN, ids=lambda process: process.name)
def test_a_service_runs_the_command_of_the_embedded_default(process: Process, composed: dict[str, Any]) -> None:
    service = composed[process.name]
    assert words(service["command"]) == process.arguments(service["environment"])


def test_every_queue_has_a_worker_here_and_in_the_embedded_default(composed: dict[str, Any]) -> None:
    declared = set(QUEUES)
    embedded = {queue for process in PROCESSES for queue in process.queues}
    assert _queues_served(composed) == declared
    assert embedded == declared


def _queues_served(composed: dict[str, Any]) -> set[str]:
    commands = [words(service["command"]) for service in composed.values() if "command" in service]
    listed = [command[command.index("-Q") + 1] for command in commands if "-Q" in command]
    return {queue for queues in listed for queue in queues.split(",")}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_reaches_every_process(name: str, composed: dict[str, Any]) -> None:
    without = [process.name for process in OWN if name.upper() not in composed[process.name]["environment"]]
    assert [process for process in without if (name, process) not in NOT_THEIRS] == []


def test_the_migration_ends_before_any_process_starts(composed: dict[str, Any]) -> None:
    for process in PROCESSES:
        if not process.stands_in_for_meta:
            condition = composed[process.name]["depends_on"]["migrate"]["condition"]
            assert condition == "service_completed_successfully", process.name


def test_the_web_starts_without_redis(composed: dict[str, Any]) -> None:
    assert "redis" not in composed["web"]["depends_on"]


def test_every_service_is_watched_or_ends_by_itself(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        if name in ONE_SHOT:
            assert service["healthcheck"] == {"disable": True}
            assert service["restart"] == "no"
        else:
            assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"]), name
            assert service["restart"] == "unless-stopped"


def test_every_service_has_thirty_seconds_to_stop(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        assert int(service["stop_grace_period"].removesuffix("s")) >= 30, name


def test_a_worker_may_end_its_task_before_it_is_killed(composed: dict[str, Any]) -> None:
    for process in PROCESSES:
        if process.queues:
            assert int(composed[process.name]["stop_grace_period"].removesuffix("s")) > DEFAULTS.task_hard_seconds


def test_no_service_may_do_more_than_it_must(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else []), name
        assert service.get("read_only", False) or name == "postgres", name


def test_other_images_have_a_version_and_do_not_run_as_root(composed: dict[str, Any]) -> None:
    for name in STORES_AND_PROXY - {"caddy"}:
        assert composed[name]["user"] not in ("root", "0"), name
    for name in STORES_AND_PROXY:
        _, _, version = composed[name]["image"].partition(":")
        assert version[:1].isdigit(), name


def test_logs_do_not_fill_the_disk(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name


def test_only_caddy_is_reached_from_outside(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        for port in service.get("ports", []):
            assert name == "caddy" or port.startswith("127.0.0.1:"), name


def test_postgres_and_redis_stand_on_a_network_without_a_way_out(composed: dict[str, Any]) -> None:
    assert document(trial())["networks"]["backend"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert composed[name]["networks"] == ["backend"]
        assert "ports" not in composed[name]


def test_redis_writes_down_what_it_holds_and_evicts_nothing(composed: dict[str, Any]) -> None:
    command = " ".join(words(composed["redis"]["command"]))
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert composed["redis"]["volumes"] == ["redis:/data"]


def test_postgres_keeps_its_data_where_version_eighteen_looks_for_it(composed: dict[str, Any]) -> None:
    assert composed["postgres"]["image"] == "postgres:18"
    assert composed["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_https_and_the_simulator_are_asked_for(composed: dict[str, Any]) -> None:
    profiles = {name: service["profiles"] for name, service in composed.items() if "profiles" in service}
    assert profiles == {"caddy": ["https"], "simulator": ["simulator"]}


def test_every_volume_is_declared(composed: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in composed.values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(document(trial())["volumes"])
