"""Templates are what Meta says they are, and no channel keeps another from knowing."""

import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine

from db.queries import templates
from embedded.kept_secrets import encryption_key
from simulator import defaults
from tasks import housekeeping
from tests.rows import Place, add_channel
from tests.simulator.meta import Meta
from tests.tasks.housekeeping.state import change_rows, known, rows, sealed
from tests.waiting import wait_for
from worker.schedule import BEAT_SCHEDULE


def test_templates_are_replaced_by_what_meta_tells_now(engine: Engine, place: Place, meta: Meta) -> None:
    gone = {"name": "gone", "language": "es", "status": "APPROVED"}
    old = {"name": "invoice", "language": "es", "status": "REJECTED"}
    with engine.begin() as connection:
        templates.replace_all(connection, place.tenant_id, place.channel_id, [gone, old])
    housekeeping.sync_templates()
    found = known(engine, place)
    assert ("gone", "es") not in found
    assert {found["invoice", "es"], found["invoice", "en"], found["quote", "es"]} == {"APPROVED"}
    (definition,) = rows(engine, "SELECT definition FROM templates WHERE name = 'invoice' AND language = 'es'")
    assert {component["type"] for component in definition[0]["components"]} >= {"BODY"}
    meta.control("templates", name="invoice", language="es", status="PAUSED")
    housekeeping.sync_templates()
    assert known(engine, place) == {**found, ("invoice", "es"): "PAUSED"}


def test_a_channel_that_meta_refuses_keeps_its_templates_and_no_other_from_getting_theirs(
    engine: Engine, place: Place
) -> None:
    with engine.begin() as connection:
        refused = add_channel(connection, "other", "1001", access_token=sealed())
        broken = add_channel(connection, "third", "1002", access_token=sealed(encryption_key()))
        for one in (refused, broken):
            kept = {"name": "mine", "language": "es", "status": "APPROVED"}
            templates.replace_all(connection, one.tenant_id, one.channel_id, [kept])
    housekeeping.sync_templates()
    assert known(engine, refused) == known(engine, broken) == {("mine", "es"): "APPROVED"}
    assert ("invoice", "es") in known(engine, place)


def test_a_list_with_a_template_twice_or_with_nuls_is_kept_all_the_same(engine: Engine, place: Place) -> None:
    told = [
        {"name": "invoice", "language": "es", "status": "PENDING"},
        {"name": "a\0b", "language": "es", "status": "APPROVED", "x\0": [{"text": "c\0d"}]},
        {"name": "invoice", "language": "es", "status": "APPROVED"},
    ]
    with engine.begin() as connection:
        templates.replace_all(connection, place.tenant_id, place.channel_id, told)
    assert known(engine, place) == {("invoice", "es"): "APPROVED", ("ab", "es"): "APPROVED"}
    ((definition,),) = rows(engine, "SELECT definition FROM templates WHERE name = 'ab'")
    assert definition["x"] == [{"text": "cd"}]


def test_a_list_that_cannot_be_stored_keeps_no_other_channel_from_getting_its_own(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "1001", access_token=sealed())
    change_rows(engine, "UPDATE channels SET waba_id = :waba_id", waba_id=defaults.WABA_ID)
    first, second = sorted((place, other), key=lambda one: one.channel_id)
    real = templates.replace_all

    def too_long(connection: Connection, tenant_id: UUID, channel_id: UUID, told: Any) -> None:
        more = [{"name": "x" * 10_000_000, "language": "es"}] if channel_id == first.channel_id else []
        real(connection, tenant_id, channel_id, [*told, *more])

    monkeypatch.setattr(templates, "replace_all", too_long)
    housekeeping.sync_templates()
    assert known(engine, first) == {}
    assert ("invoice", "es") in known(engine, second)
    assert "templates.not_synced" in "".join(capsys.readouterr())


def test_only_a_channel_without_templates_gets_its_first(engine: Engine, place: Place) -> None:
    with engine.begin() as connection:
        other = add_channel(connection, "other", "1001", access_token=sealed())
        kept = {"name": "mine", "language": "es", "status": "APPROVED"}
        templates.replace_all(connection, other.tenant_id, other.channel_id, [kept])
    housekeeping.sync_first_templates()
    assert ("invoice", "es") in known(engine, place)
    assert known(engine, other) == {("mine", "es"): "APPROVED"}


def test_first_templates_are_looked_for_every_half_minute() -> None:
    [schedule] = [one["schedule"] for one in BEAT_SCHEDULE.values() if one["task"].endswith("sync_first_templates")]
    assert schedule <= timedelta(seconds=30)


def test_a_worker_that_starts_fetches_the_first_templates_at_once(engine: Engine, place: Place) -> None:
    command = "celery -A worker.app worker -Q housekeeping --pool solo --without-gossip --without-mingle -n first@%h"
    with subprocess.Popen(
        [sys.executable, "-m", *command.split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as worker:
        try:
            wait_for(lambda: ("invoice", "es") in known(engine, place))
        finally:
            worker.kill()


def test_when_meta_is_away_templates_stay_as_they_were(engine: Engine, place: Place, meta: Meta) -> None:
    housekeeping.sync_templates()
    before = known(engine, place)
    meta.control("faults", next=1, fault="http_500")
    housekeeping.sync_templates()
    assert known(engine, place) == before
