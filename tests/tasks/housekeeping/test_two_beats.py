"""Every task of the schedule may run several times at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from messaging import callback_data
from tests.rows import Place, change, message_row, put_in_inbox, status_item, webhook
from tests.tasks.housekeeping.state import a_claimed_message, a_message, drain, let_probes_be_due, pause, rows
from worker.app import app as celery_app
from worker.schedule import BEAT_SCHEDULE


@pytest.mark.parametrize("name", sorted(entry["task"] for entry in BEAT_SCHEDULE.values()))
def test_two_beats_do_no_harm(engine: Engine, place: Place, name: str) -> None:
    message_id = a_claimed_message(engine, place)
    put_in_inbox(
        engine,
        webhook(change(statuses=[status_item("sent", callback=callback_data.write(message_id, 1))])),
        webhook(change(statuses=[status_item("sent", wamid="wamid.LATE")])),
    )
    drain(engine)
    a_message(engine, place, "accepted", attempt=1, wamid="wamid.LATE")
    pause(engine, place)
    let_probes_be_due(engine)
    celery_app.loader.import_default_modules()
    task: Any = celery_app.tasks[name]
    with ThreadPoolExecutor(4) as threads:
        for run in [threads.submit(task) for _ in range(4)]:
            run.result()
    drain(engine)
    assert message_row(engine, message_id).status == "sent"
    assert rows(engine, "SELECT count(*) FROM receipts") == [(2,)]
