"""Posts webhooks as Meta does: signed, batched, over several connections, again and again until 200.

Meta retries for seven days with decreasing frequency (Meta: Create a webhook endpoint); here the ladder is
compressed: retry_start_ms, doubled up to retry_max_ms, without end.
"""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp

from simulator.state import State
from simulator.updates import Update, bodies_of
from whatsapp.signature import sign

CLOCK_SLACK_S: Final = 0.001
"""asyncio may fire a timer this much early; what is due within it goes along."""
DUPLICATE_SPREAD_S: Final = 0.3
"""Copies of an update follow within this time, so that they meet other neighbours in their POST."""
HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "facebookexternalua", "Accept": "*/*"}
OK: Final = "200"

log = logging.getLogger("simulator.delivery")


@dataclass(slots=True, eq=False)
class Post:
    """One body on its way; a retry repeats the same bytes. The twin of a POST has no updates of its own."""

    body: bytes
    signature: str
    updates: Sequence[Update]
    attempts: int = 0


class Delivery:
    """The queue of updates and of POSTs to repeat, both ordered by when they are due."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._order = itertools.count()
        self._updates: list[tuple[float, int, Update]] = []
        self._retries: list[tuple[float, int, Post]] = []
        self._flying: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = float("inf")
        self._last_answer = OK

    async def start(self) -> None:
        """Use the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers=HEADERS, skip_auto_headers=["Accept-Encoding"]
        )

    async def stop(self) -> None:
        """Abandon everything and close the connections."""
        self.clear()
        await asyncio.gather(*self._flying, return_exceptions=True)
        await self.session.close()

    def now(self) -> float:
        """Monotonic seconds, as delays are counted in."""
        return self._loop.time()

    def clear(self) -> None:
        """Forget everything that waits, flies or is to be retried."""
        self._updates.clear()
        self._retries.clear()
        self._disarm()
        for task in self._flying:
            task.cancel()

    def schedule(self, update: Update, delay_s: float = 0) -> None:
        """Queue an update to be due in delay_s seconds, in as many copies as the faults say."""
        if not self._state.settings.webhooks or not self._state.waba_is_subscribed:
            return
        for copy in range(self._state.faults.webhooks.duplicate):
            later = self._state.random.uniform(0, DUPLICATE_SPREAD_S) if copy else 0
            due = self._loop.time() + delay_s + later
            heapq.heappush(self._updates, (due, next(self._order), update))
            self._state.stats.pending += 1
        self._arm()

    async def arrive(self, updates: Iterable[Update], timeout_s: float) -> None:
        """Queue updates to be due now and wait until all are acknowledged, at most timeout_s seconds."""
        arrivals = []
        for update in updates:
            arrivals.append(self._watch(update))
            self.schedule(update)
        if arrivals and self._state.settings.webhooks and not self._state.faults.webhooks.hold:
            await asyncio.wait(arrivals, timeout=timeout_s)

    def flush(self) -> None:
        """Launch what is due as far as connections are free; arm the timer for the rest."""
        if self._state.faults.webhooks.hold:
            self._disarm()
            return
        now = self._loop.time() + CLOCK_SLACK_S
        while len(self._flying) < self._state.settings.connections:
            if self._retries and self._retries[0][0] <= now:
                self._launch(heapq.heappop(self._retries)[2])
            elif self._updates and self._updates[0][0] <= now:
                self._launch_batch(now)
            else:
                break
        self._arm()

    def _watch(self, update: Update) -> asyncio.Future[None]:
        arrived: asyncio.Future[None] = self._loop.create_future()
        before = update.on_acknowledged

        def acknowledged() -> None:
            if before is not None:
                before()
            if not arrived.done():
                arrived.set_result(None)

        update.on_acknowledged = acknowledged
        return arrived

    def _launch_batch(self, now: float) -> None:
        batch: list[Update] = []
        while self._updates and self._updates[0][0] <= now and len(batch) < self._state.settings.batch_size:
            batch.append(heapq.heappop(self._updates)[2])
        if self._state.faults.webhooks.shuffle:
            self._state.random.shuffle(batch)
        for body, updates in bodies_of(batch, int(time.time())):
            signature = sign(body, self._state.options.app_secret)
            self._open(Post(body, signature, updates))
            if self._state.faults.webhooks.twin:
                self._open(Post(body, signature, ()))

    def _open(self, post: Post) -> None:
        self._state.stats.posts_open += 1
        self._launch(post)

    def _launch(self, post: Post) -> None:
        task = self._loop.create_task(self._attempt(post))
        self._flying.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if not self.session.closed:
            self.flush()

    async def _attempt(self, post: Post) -> None:
        stats = self._state.stats
        stats.posts += 1
        stats.retried += post.attempts > 0
        post.attempts += 1
        started = time.perf_counter()
        answer = await self._answer(post)
        stats.answers[answer] += 1
        self._note_change(answer)
        if answer != OK:
            self._retry_later(post)
            return
        stats.acknowledge_ms.append((time.perf_counter() - started) * 1000)
        self._settle(post)

    async def _answer(self, post: Post) -> str:
        """The HTTP status of one POST, or the name of what went wrong with the connection."""
        settings = self._state.settings
        timeout = aiohttp.ClientTimeout(total=settings.webhook_timeout_ms / 1000)
        url = self._state.callback_url
        headers = {"X-Hub-Signature-256": post.signature}
        try:
            async with self.session.post(
                url, data=post.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                await response.read()
                return str(response.status)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__

    def _note_change(self, answer: str) -> None:
        if answer != self._last_answer:
            log.info("webhooks are now answered with %s", answer)
            self._last_answer = answer

    def _retry_later(self, post: Post) -> None:
        settings = self._state.settings
        doublings = min(post.attempts - 1, 32)
        delay_s = min(settings.retry_start_ms * 2**doublings, settings.retry_max_ms) / 1000
        heapq.heappush(self._retries, (self._loop.time() + delay_s, next(self._order), post))

    def _settle(self, post: Post) -> None:
        stats = self._state.stats
        stats.acknowledged += 1
        stats.posts_open -= 1
        stats.updates_acknowledged += len(post.updates)
        stats.pending -= len(post.updates)
        for update in post.updates:
            if update.on_acknowledged is not None:
                update.on_acknowledged()

    def _arm(self) -> None:
        """Set the timer for the first thing due, unless it is set already or no connection is free."""
        if self._state.faults.webhooks.hold or len(self._flying) >= self._state.settings.connections:
            self._disarm()
            return
        due = self._next_due()
        if due < self._timer_due:
            self._disarm()
            self._timer_due = due
            self._timer = self._loop.call_at(due, self._ring)

    def _next_due(self) -> float:
        linger_s = self._state.settings.linger_ms / 1000
        update_due = self._updates[0][0] + linger_s if self._updates else float("inf")
        retry_due = self._retries[0][0] if self._retries else float("inf")
        return min(update_due, retry_due)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_due = None, float("inf")

    def _ring(self) -> None:
        self._disarm()
        self.flush()
