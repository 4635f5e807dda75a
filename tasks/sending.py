"""Sending: claim what is due, call Meta from a few threads, record what came of it in bulk."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from db.encryption import EncryptionError
from db.engine import get_engine
from db.queries import brakes as brake_queries
from db.queries import claims, gateway_echoes, outcomes
from db.queries.claims import DueChannel
from db.queries.gateway_echoes import AnsweredSend
from db.trouble import is_trouble_of_postgres, sqlstate
from observability.logging import get_logger
from settings import get_settings
from tasks import brakes
from tasks.attempt import MessageSender, Tried, attempt
from tasks.gateway_clients import gateway_of, gateway_sender
from tasks.graph_clients import graph_client
from tasks.true_time import true_time
from whatsapp.graph import GraphClient
from worker.app import app
from worker.doorbell import ring
from worker.queues import SEND
from worker.stopping import is_stopping

THREADS = 16
"""Calls at once of one worker process. Meta answers in some 300 ms, so a process sends about 50 a second; with 32 the
gain on two cores was below a tenth."""
COLLECT_SECONDS = 0.02
"""Answers that come within this are recorded together."""
LOOK_AGAIN_SECONDS = 0.1
"""While some calls run and others could: what became due meanwhile does not wait for a slow answer."""
WAIT_FOR_PACE_SECONDS = 0.05
"""When messages are due but the number's throughput is used up: four messages' worth at 80 a second. Nothing else than
time gives it back, so there is nothing to wait for."""

OF_META = "wamid."
"""Ids of the Cloud API begin so; those of gateways do not."""
UNIQUE_VIOLATION = "23505"

log = get_logger(__name__)


@app.task(name="sending.send_messages")
def send_messages() -> None:
    """Send what is due on all channels that may send."""
    engine = get_engine()
    with engine.begin() as connection:
        true_time.learn(connection)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="send") as executor:
        if Sender(engine, executor).run():
            ring(SEND)


class Sender:
    """The loop of one task: keeps its threads filled with claimed messages and records what comes back.

    Args:
        engine: for this thread alone; the calling threads never touch the database.
        executor: runs the calls, THREADS at once.
        client_of: Graph client for a stored access token and app secret.
    """

    def __init__(
        self,
        engine: Engine,
        executor: ThreadPoolExecutor,
        client_of: Callable[[str, str | None], GraphClient] = graph_client,
    ) -> None:
        self._engine = engine
        self._executor = executor
        self._client_of = client_of
        self._limits = get_settings().limits
        self._calls: set[Future[Tried]] = set()
        self._trials: set[UUID] = set()
        """Messages claimed while their channel was on trial."""

    def run(self) -> bool:
        """Send until nothing is due or the time is over; True when something is still due."""
        end = time.monotonic() + self._limits.claiming_seconds
        while True:
            is_due = time.monotonic() < end and not is_stopping() and self._start_calls()
            if self._calls:
                self._keep(self._finished())
            elif not is_due:
                return time.monotonic() >= end and self._has_due()
            else:
                time.sleep(WAIT_FOR_PACE_SECONDS)

    def _keep(self, finished: Sequence[Tried]) -> None:
        """Record what calls came to; an outcome that Postgres refuses costs only itself."""
        try:
            self._keep_together(finished)
        except Exception as error:
            if is_trouble_of_postgres(error):
                raise
            log.error("sending.not_recorded", count=len(finished), error=type(error).__name__, sqlstate=sqlstate(error))
            if len(finished) > 1:
                for tried in finished:
                    self._keep([tried])

    def _keep_together(self, finished: Sequence[Tried]) -> None:
        """Record outcomes at once; while Postgres is away, try again: what Meta said is told once."""
        for retrying in Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_delay(self._limits.recording_seconds),
            wait=wait_random_exponential(0.1, max=1),
            reraise=True,
        ):
            with retrying:
                self._record(finished)

    def _start_calls(self) -> bool:
        """Fill the free threads with messages, fairly between channels; True when a channel had any due."""
        free = THREADS - len(self._calls)
        if not free:
            return True
        try:
            return self._start_fairly(free)
        except Exception as error:
            if not (self._calls and is_trouble_of_postgres(error)):
                raise
            log.warning("sending.claim_failed", error=type(error).__name__)
            return False

    def _start_fairly(self, free: int) -> bool:
        due = self._due_channels()
        random.shuffle(due)
        for position, channel in enumerate(due):
            share = -(-free // (len(due) - position))
            free -= self._start_channel(channel, share)
            if not free:
                break
        return bool(due)

    def _due_channels(self) -> list[DueChannel]:
        with self._engine.begin() as connection:
            return claims.due_channels(connection)

    def _start_channel(self, channel: DueChannel, limit: int) -> int:
        try:
            client = self._client(channel)
        except EncryptionError as error:
            self._pause_sealed(channel, error)
            return 0
        lease = timedelta(seconds=self._limits.send_lease_seconds)
        with self._engine.begin() as connection:
            claimed = claims.claim(connection, channel.id, limit, lease)
        if channel.is_on_trial:
            self._trials.update(message.id for message in claimed)
        for message in claimed:
            self._calls.add(self._executor.submit(attempt, client, channel.phone_number_id, message))
        return len(claimed)

    def _client(self, channel: DueChannel) -> MessageSender:
        source = gateway_of(channel)
        return gateway_sender(source) if source else self._client_of(channel.access_token, channel.app_secret)

    def _pause_sealed(self, channel: DueChannel, error: EncryptionError) -> None:
        """Keep a channel whose token cannot be read from stopping all others."""
        with self._engine.begin() as connection:
            brake_queries.pause_channel(connection, channel.id, code=None, reason=str(error))
        log.error("channel.paused", channel_id=str(channel.id), reason=str(error))

    def _finished(self) -> list[Tried]:
        are_all_busy = len(self._calls) == THREADS
        wait(self._calls, timeout=1 if are_all_busy else LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
        done, self._calls = wait(self._calls, timeout=COLLECT_SECONDS)
        return [call.result() for call in done]

    def _record(self, finished: Sequence[Tried]) -> None:
        if not finished:
            return
        with self._engine.begin() as connection:
            _take_echoes_back(connection, finished)
            statuses = outcomes.record(connection, [tried.outcome for tried in finished])
            for tried in finished:
                if tried.refusal:
                    brakes.apply(connection, tried.refusal)
            self._end_trials(connection, finished)
        for tried in finished:
            _log_outcome(tried, statuses.get(tried.message.id))

    def _end_trials(self, connection: Connection, finished: Sequence[Tried]) -> None:
        passed = {tried.message.channel_id for tried in finished if self._passes(tried)}
        for channel_id in passed:
            brake_queries.pass_trial(connection, channel_id)

    def _passes(self, tried: Tried) -> bool:
        return bool(tried.outcome.wamid) and tried.message.id in self._trials

    def _has_due(self) -> bool:
        with self._engine.begin() as connection:
            return bool(claims.due_channels(connection))


def _take_echoes_back(connection: Connection, finished: Sequence[Tried]) -> None:
    """A gateway may tell of a message of ours as its own number's before it answers with the message's id."""
    answers = [
        AnsweredSend(tried.message.id, tried.outcome.wamid)
        for tried in finished
        if tried.outcome.wamid and not tried.outcome.wamid.startswith(OF_META)
    ]
    if answers:
        gateway_echoes.yield_to_ours(connection, answers)


def _may_pass(error: BaseException) -> bool:
    """An echo that is stored at this very moment has our message's id; the next try takes it back."""
    return is_trouble_of_postgres(error) or sqlstate(error) == UNIQUE_VIOLATION


def _log_outcome(tried: Tried, status: str | None) -> None:
    message, outcome = tried.message, tried.outcome
    fields = {
        "message_id": str(message.id),
        "tenant_id": str(message.tenant_id),
        "request_id": message.request_id,
        "attempt": outcome.attempt,
        "outcome": outcome.outcome,
        "status": status,
        "http_status": outcome.http_status,
        "code": outcome.error_code,
        "fbtrace_id": outcome.fbtrace_id,
        "retry_in": outcome.delay.total_seconds() if outcome.delay and outcome.status == "queued" else None,
    }
    log.info("message.attempted", **{name: value for name, value in fields.items() if value is not None})
