"""Posts a gateway's webhooks: in order unless told otherwise, again where the original tries again."""

import asyncio
from collections import Counter
from typing import Final

import aiohttp
import orjson

from simulator.gateways.faults import GatewayFaults
from simulator.gateways.origins import ORIGINS
from simulator.gateways.sessions import GatewaySession
from simulator.gateways.steps import Body, Step
from simulator.state import State

SPREAD_S: Final = 0.15
"""Shuffled POSTs and copies leave within this time."""
TIMEOUT_S: Final = 20
OK: Final = range(200, 300)


class Posting:
    """All webhooks of all gateways of one simulator."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.faults = GatewayFaults()
        self.answers: Counter[str] = Counter()
        self._lines: dict[int, asyncio.Lock] = {}
        self._flying: set[asyncio.Task[None]] = set()
        self._held: list[tuple[GatewaySession, bytes]] = []

    async def start(self) -> None:
        """Use the running event loop from now on."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Abandon everything."""
        self.clear()
        await asyncio.gather(*self._flying, return_exceptions=True)
        await self._session.close()

    def clear(self) -> None:
        """Forget faults, figures and everything on its way."""
        for task in self._flying:
            task.cancel()
        self.faults = GatewayFaults()
        self.answers.clear()
        self._held.clear()
        self._lines.clear()

    @property
    def waiting(self) -> int:
        """How many POSTs are on their way or to be tried again."""
        return len(self._flying)

    def tell(self, session: GatewaySession, step: Step) -> None:
        """Post what the gateway says about a step."""
        if step.name not in self.faults.events.drop:
            for body in ORIGINS[session.kind].bodies(session, step):
                self.post(session, body)

    def post(self, session: GatewaySession, body: Body) -> None:
        """Post one body, in as many copies as the faults say."""
        content = orjson.dumps(body)
        for _copy in range(self.faults.events.duplicate):
            if self.faults.events.hold:
                self._held.append((session, content))
            else:
                self._launch(session, content)

    def release(self) -> None:
        """Let go what was held."""
        held, self._held = self._held, []
        for session, content in held:
            self._launch(session, content)

    def _launch(self, session: GatewaySession, content: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(session, content))
        self._flying.add(task)
        task.add_done_callback(self._flying.discard)

    async def _deliver(self, session: GatewaySession, content: bytes) -> None:
        if self.faults.events.shuffle:
            await asyncio.sleep(self._state.random.uniform(0, SPREAD_S))
            await self._until_taken(session, content)
            return
        async with self._lines.setdefault(id(session), asyncio.Lock()):
            await self._until_taken(session, content)

    async def _until_taken(self, session: GatewaySession, content: bytes) -> None:
        origin = ORIGINS[session.kind]
        for _attempt in range(origin.attempts):
            status = await self._attempt(session, content)
            if status in OK or status in origin.gives_up_on:
                return
            await asyncio.sleep(self._state.settings.retry_start_ms / 1000)

    async def _attempt(self, session: GatewaySession, content: bytes) -> int | None:
        headers = {"Content-Type": "application/json", **ORIGINS[session.kind].headers(session, content)}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.post(
                session.webhook_url, data=content, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                await answer.read()
                self.answers[str(answer.status)] += 1
                return answer.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self.answers[type(error).__name__] += 1
            return None
