"""The queues and which tasks travel in them. A queue without a worker fails a test, a task without one at once."""

from kombu import Exchange, Queue

INGEST = "ingest"
SEND = "send"
HOUSEKEEPING = "housekeeping"
MEDIA = "media"
QUEUES = (INGEST, SEND, MEDIA, HOUSEKEEPING)


def task_queues(broker_url: str) -> tuple[Queue, ...]:
    """Return the queues for a broker: replicated ones (quorum queues) on RabbitMQ.

    Each has an exchange of its own: Celery's default is one exchange and key for all, so that every ring would reach
    every queue.
    """
    arguments = {"x-queue-type": "quorum"} if broker_url.startswith("amqp") else None
    return tuple(
        Queue(name, Exchange(name, type="direct"), routing_key=name, queue_arguments=arguments) for name in QUEUES
    )


TASK_ROUTES = {
    f"{prefix}.*": {"queue": queue}
    for prefix, queue in (
        ("ingest", INGEST),
        ("sending", SEND),
        ("media", MEDIA),
        ("lookups", MEDIA),  # waits for other people's servers as well
        ("housekeeping", HOUSEKEEPING),
    )
}

BELLS = {
    INGEST: "ingest.drain_inbox",
    SEND: "sending.send_messages",
    MEDIA: "media.fetch_files",
    HOUSEKEEPING: "housekeeping.tell_read_marks",
}
"""The task that the doorbell publishes for a queue."""
