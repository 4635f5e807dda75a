"""`python -m embedded run|serve`: what `make run` and `make serve` do."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from embedded import preflight
from embedded.admin import first_password, is_new
from embedded.data_lock import lock
from embedded.environment import api_key, api_key_file, build_environment, local_url
from embedded.example import Example, ExampleFailure
from embedded.failure import StartFailure
from embedded.parent import Make
from embedded.processes import MIGRATE, processes
from embedded.stores import provide_stores
from embedded.supervisor import Crash, Supervisor
from settings import ConfigurationError, Settings, get_settings

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run until Ctrl-C (0), or until something does not start or crashes (1, and one clear line)."""
    arguments = _parse_arguments()
    interrupt_on_signals()
    os.chdir(ROOT)
    try:
        settings = _prepared(get_settings())
        held = lock(settings.data_dir)
        preflight.check(settings)
        return _serve(settings, held, with_example=arguments.command == "run")
    except KeyboardInterrupt:
        return 0
    except (StartFailure, ConfigurationError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}; let this user write there, or set DATA_DIR=…")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m embedded",
        description="Starts Paperboy with everything it needs and keeps it running until Ctrl-C.",
        epilog="Settings come from the environment and .env; .env.example lists them.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start, send an example invoice, print its timeline, keep serving")
    commands.add_parser("serve", help="the same without the example")
    return parser.parse_args()


def _prepared(settings: Settings) -> Settings:
    data_dir = settings.data_dir.expanduser().absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    return settings.model_copy(update={"data_dir": data_dir})


def keep_running(supervisor: Supervisor, work: Callable[[], None]) -> int:
    """Do `work`, then watch until Ctrl-C or a failure, and stop everything.

    Returns:
        The exit code.
    """
    try:
        work()
        supervisor.watch()
    except KeyboardInterrupt:
        _say("\nstopping")
        return 0
    except (StartFailure, Crash) as error:
        return _fail(str(error))
    finally:
        supervisor.stop()


def interrupt_on_signals() -> None:
    """Give SIGTERM and a closed terminal the effect of Ctrl-C; `nohup` keeps its own."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _serve(settings: Settings, held: int, *, with_example: bool) -> int:
    supervisor = Supervisor(
        ROOT,
        settings.data_dir / "logs",
        _say,
        asked_to_stop=Make().is_gone_or_interrupted,
        keep_open=(held,),
    )
    return keep_running(supervisor, partial(_start, supervisor, settings, with_example=with_example))


def _start(supervisor: Supervisor, settings: Settings, *, with_example: bool) -> None:
    began = time.monotonic()
    _say("Paperboy starts")
    environment = build_environment(settings, provide_stores(settings, supervisor.start_server))
    _migrate(supervisor, settings, environment)
    chosen = processes(with_simulator=settings.uses_simulator)
    supervisor.start([process for process in chosen if process.carries_messages], environment)
    supervisor.launch([process for process in chosen if not process.carries_messages], environment)
    if with_example:
        _send_example(supervisor, settings)
        _say("")
    supervisor.wait_ready()
    _say(f"\nStarted in {time.monotonic() - began:.1f} s")
    _say_addresses(settings)


def _migrate(supervisor: Supervisor, settings: Settings, environment: Mapping[str, str]) -> None:
    password = first_password(settings)
    if password is None:
        supervisor.run_once(MIGRATE, environment)
        return
    supervisor.run_once(MIGRATE, {**environment, "BOOTSTRAP_ADMIN_PASSWORD": password})
    if is_new(settings.data_dir / "logs" / f"{MIGRATE.name}.log"):
        _say(f"\n  Log in at {local_url(settings, settings.port)}/login as admin, password {password}")
        _say("  It is shown this once and kept nowhere; `flask users password admin` sets another one.\n")


def _send_example(supervisor: Supervisor, settings: Settings) -> None:
    if not settings.uses_simulator:
        _say("\nNo example is sent: with real credentials it would reach a real person.")
        return
    invoice = Example(local_url(settings, settings.port), api_key(settings), say=_say, meanwhile=supervisor.check)
    try:
        invoice.run()
    except ExampleFailure as error:
        _say(f"The example invoice was not read: {error}", sys.stderr)


def _say_addresses(settings: Settings) -> None:
    api = local_url(settings, settings.port)
    rows = {
        "API docs": f"{api}/docs",
        "Flower": local_url(settings, settings.flower_port),
        "Health": f"{api}/health/ready",
        "API key": "BOOTSTRAP_API_KEY" if settings.bootstrap_api_key else str(api_key_file(settings)),
        "Logs": str(settings.data_dir / "logs"),
    }
    if settings.uses_simulator:
        rows["In Meta's place"] = f"http://127.0.0.1:{settings.simulator_port}/_sim/sends"
    _say("")
    for name, value in rows.items():
        _say(f"  {name:<16} {value}")
    _say(f"\nCtrl-C stops everything; the data stays in {settings.data_dir}")


def _say(line: str, stream: TextIO | None = None) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(line, file=stream, flush=True)


def _fail(message: str) -> int:
    _say(message, sys.stderr)
    return 1
