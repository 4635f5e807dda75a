"""`python -m simulator`: run until SIGTERM or SIGINT."""

import asyncio
import errno
import logging
import signal
import sys

from simulator.log_lines import configure_log
from simulator.options import Options, read_options
from simulator.server import Simulator

log = logging.getLogger("simulator")


async def run(options: Options) -> int:
    """Serve until a signal comes; the exit code."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    simulator = Simulator(options)
    try:
        await simulator.start()
    except OSError as error:
        log.error(_cannot_listen(options, error))
        return 1
    address = f"http://{options.host}:{simulator.port}"
    log.info("listening on %s, webhooks to %s", address, options.webhook_url)
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
    configure_log()
    return asyncio.run(run(read_options()))


if __name__ == "__main__":
    sys.exit(main())
