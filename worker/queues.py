"""The queues and which tasks travel in them. A queue without a worker fails a test, a task without one at once."""

from kombu import Exchange, Queue

INGEST = "ingest"
SEND = "send"
HOUSEKEEPING = "housekeeping"
QUEUES = (INGEST, SEND, HOUSEKEEPING)

TASK_QUEUES = tuple(Queue(name, Exchange(name, type="direct"), routing_key=name) for name in QUEUES)
"""Each with an exchange of its own: Celery's default is one exchange and key for all, so that every ring would reach
every queue."""
TASK_ROUTES = {
    f"{prefix}.*": {"queue": queue}
    for prefix, queue in (
        ("ingest", INGEST),
        ("sending", SEND),
        ("housekeeping", HOUSEKEEPING),
    )
}

BELLS = {INGEST: "ingest.drain_inbox", SEND: "sending.send_messages"}
"""The task that the doorbell publishes for a queue."""
