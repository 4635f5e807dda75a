"""The command line of `python -m bench`."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import accept, fill, live, machine, process, send, together
from bench.failure import BenchFailure
from bench.memory import MemoryWatch
from bench.plan import Plan
from bench.system import ROOT, System
from bench.table import Row, compared, markdown
from bench.wrk import check_wrk
from embedded.failure import StartFailure
from embedded.run import interrupt_on_signals
from embedded.supervisor import Crash

Measure = Callable[[System, Plan, Callable[[str], None]], list[Row]]

MEASURES: dict[str, tuple[str, Measure]] = {
    "accept": ("webhooks accepted, workers stopped, beside an empty app and the usual tutorial", accept.measure),
    "process": ("receipts processed from a full inbox", process.measure),
    "together": ("accepted and processed at once", together.measure),
    "live": (f"events told to {live.SUBSCRIBERS} subscribers beside {live.IDLE:,} idle connections", live.measure),
    "send": ("sends accepted, then drained to the simulator", send.measure),
}
STORED = "stored"
ROUND_SECONDS = 6.0
ROUNDS = 3
QUICK_SECONDS = 3.0
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table (0, also when a target is missed), or say in one line why not (1)."""
    options = _parse(arguments)
    interrupt_on_signals()
    parent = Path(options.directory).expanduser().absolute()
    os.chdir(ROOT)
    try:
        check_wrk()
        print(_measured(parent, _plan(options), options.only))
    except (BenchFailure, StartFailure, Crash) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        _say("\nstopped")
        return INTERRUPTED
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Starts the real system in a throwaway directory, measures it and prints a table in Markdown.",
        epilog="Measurements: "
        + "; ".join(f"{name}: {title}" for name, (title, _) in MEASURES.items())
        + f"; {STORED}: the chosen ones again on a database that is not empty.",
    )
    names = ",".join((*MEASURES, STORED))
    parser.add_argument("--only", type=_names, default=(*MEASURES, STORED), help=f"some of {names}")
    parser.add_argument("--seconds", type=float, help=f"length of a round [{ROUND_SECONDS:g}]")
    parser.add_argument("--sustained", type=float, help="length of accepting and processing at once [60]")
    parser.add_argument("--stored", type=int, help="messages in the database that is not empty [1000000]")
    parser.add_argument("--quick", action="store_true", help="one short round each, 10 s at once, 100000 stored")
    parser.add_argument(
        "--directory",
        default=os.environ.get("DATA_DIR") or ".data",
        help="where the throwaway directory is made; the disk that counts [DATA_DIR]",
    )
    return parser.parse_args(arguments)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if unknown := set(names) - {*MEASURES, STORED}:
        raise argparse.ArgumentTypeError(f"no such measurement: {', '.join(sorted(unknown))}")
    return names


def _plan(options: argparse.Namespace) -> Plan:
    quick = options.quick
    return Plan(
        round_seconds=options.seconds or (QUICK_SECONDS if quick else ROUND_SECONDS),
        rounds=1 if quick else ROUNDS,
        sustained_seconds=options.sustained or (10.0 if quick else 60.0),
        stored=options.stored or (100_000 if quick else 1_000_000),
    )


def _measured(parent: Path, plan: Plan, only: Sequence[str]) -> str:
    system = System(parent, _say)
    try:
        system.start()
        with MemoryWatch() as memory:
            rows = _all_rows(system, plan, only)
        return f"{markdown([*rows, *memory.rows()])}\n\n{_facts(system)}"
    finally:
        system.stop()


def _all_rows(system: System, plan: Plan, only: Sequence[str]) -> list[Row]:
    chosen = [name for name in MEASURES if name in only]
    rows = _rows(system, plan, chosen)
    if STORED not in only:
        return rows
    _say(f"Storing {plan.stored:,} messages with three receipts each")
    began = time.monotonic()
    with system.connect() as connection:
        fill.add_history(connection, plan.stored)
    _say(f"  stored after {time.monotonic() - began:.0f} s")
    return [*rows, *compared(_rows(system, plan, chosen), rows, plan.stored)]


def _rows(system: System, plan: Plan, chosen: Sequence[str]) -> list[Row]:
    rows = []
    for name in chosen:
        title, measure = MEASURES[name]
        _say(f"{name}: {title}")
        rows += measure(system, plan, _say)
    return rows


def _facts(system: System) -> str:
    with system.connect() as connection:
        return machine.shown(machine.describe(connection, system.redis_url))


def _say(line: str) -> None:
    """Progress goes to standard error, so that standard output is the table."""
    print(line, file=sys.stderr, flush=True)
