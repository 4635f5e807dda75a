"""`python -m simulator`: run until SIGTERM or SIGINT."""

import asyncio
import errno
import logging
import signal
import sys

from simulator.options import Options, read_options
from simulator.server import Simulator


async def run(options: Options) -> int:
    """Serve until a signal comes; the exit code."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    simulator = Simulator(options)
    try:
        await simulator.start()
    except OSError as error:
        print(f"simulator: {_cannot_listen(options, error)}", file=sys.stderr)
        return 1
    address = f"http://{options.host}:{simulator.port}"
    print(f"simulator: listening on {address}, webhooks to {options.webhook_url}", flush=True)
    await stopping.wait()
    await simulator.stop()
    return 0


def _cannot_listen(options: Options, error: OSError) -> str:
    where = f"port {options.port} on {options.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken; stop what uses it or set SIMULATOR_PORT to a free one"
    return f"cannot listen on {where} ({error.strerror or error}); set BIND_HOST and SIMULATOR_PORT"


def main() -> int:
    """Run with the process's options; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    return asyncio.run(run(read_options()))


if __name__ == "__main__":
    sys.exit(main())
