"""One origin, as Caddy makes it (deploy/Caddyfile): live connections reach their process, everything else the web."""

import asyncio
from contextlib import closing, suppress
from threading import Event, Thread

LIVE = b"/api/v1/ws/chat/"
CHUNK = 65_536


class OneOrigin:
    """A port in front of two. Browsers open a connection of its own for each WebSocket: its first line tells all.

    Args:
        port: where it listens.
        web: port of the web.
        live: port of the WebSocket process.
    """

    def __init__(self, port: int, web: int, live: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port, self._web, self._live = port, web, live
        self._thread = Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._is_listening = Event()

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()
        self._is_listening.wait()

    def stop(self) -> None:
        """Close the port and all connections."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    async def _listen(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._is_listening.set()
        await self._ended.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError), closing(writer):
            first = await reader.readuntil(b"\r\n")
            port = self._live if LIVE in first else self._web
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(inner_writer):
                inner_writer.write(first)
                await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
