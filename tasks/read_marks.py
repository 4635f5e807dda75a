"""What people have read here is marked as read at Meta: the customer sees blue ticks, and that somebody is typing."""

from sqlalchemy import Engine

from db.encryption import EncryptionError
from db.engine import get_engine
from db.queries import read_marks
from db.queries.read_marks import DueMark
from observability.logging import get_logger
from tasks.graph_clients import graph_client
from tasks.media import ClientOf
from whatsapp.graph import GraphFailure
from whatsapp.outgoing_contents import read_mark
from worker.app import app

log = get_logger(__name__)


@app.task(name="housekeeping.tell_read_marks")
def tell_read_marks() -> None:
    """Tell Meta what was read since the last time."""
    tell_due_marks(get_engine())


def tell_due_marks(engine: Engine, client_of: ClientOf = graph_client) -> None:
    """Mark each conversation once, by what was read last. A mark that fails is let go: the next one covers it.

    Args:
        engine: of this thread.
        client_of: Graph client for a stored access token and app secret.
    """
    with engine.begin() as connection:
        due = read_marks.take_due(connection)
    for mark in due:
        _tell(mark, client_of)


def _tell(mark: DueMark, client_of: ClientOf) -> None:
    try:
        client = client_of(mark.access_token or "", mark.app_secret)
        client.mark_read(mark.phone_number_id, read_mark(mark.wamid, typing=mark.typing))
    except (GraphFailure, EncryptionError) as error:
        log.warning("read_mark.failed", conversation_id=str(mark.conversation_id), error=type(error).__name__)
