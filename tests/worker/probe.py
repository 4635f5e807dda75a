"""A worker with one more task, which tells in which request it runs: `celery -A tests.worker.probe worker`."""

from observability import request_id
from observability.logging import get_logger
from worker.app import app

TELL = "sending.tell_request_id"

log = get_logger(__name__)


@app.task(name=TELL)
def tell_request_id() -> None:
    """Print the request id and log a line."""
    print(f"request id: {request_id.current()}", flush=True)
    log.warning("probe.told")
