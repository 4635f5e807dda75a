"""`python -m tests.faults`: the long run behind `make faults`."""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tests.faults.families import ALL
from tests.faults.fault import Fault
from tests.faults.ledger import HEADER, Ledger, total
from tests.faults.scale import LONG, SHORT, Scale
from tests.faults.system import System

MINUTES: Final = 75.0
"""The whole long run takes about half of it on two cores."""


def main() -> int:
    """Run the chosen faults; 0 only when nothing was lost, doubled or regressed and every other promise was kept."""
    arguments = _parse()
    chosen = [fault for fault in ALL if _is_chosen(fault, arguments.only)]
    if arguments.list:
        print("\n".join(f"{fault.family:>2}  {fault.name}" for fault in chosen))
        return 0
    scale = replace(SHORT if arguments.short else LONG, **({"kills": arguments.kills} if arguments.kills else {}))
    print(f"Starting Paperboy; {len(chosen)} faults, seed {arguments.seed}, {scale.kills} kills", flush=True)
    ledgers, failures = _run(chosen, scale, arguments.seed, time.monotonic() + arguments.minutes * 60)
    return _conclude(ledgers, failures)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Breaks a running Paperboy in every way that is known to happen, and counts lost, doubled, regressed.",
    )
    parser.add_argument("--only", default="", help="families or parts of names, by commas: 3,poison")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")), help="of every choice [$SEED, 1]")
    kills = int(os.environ.get("KILLS") or 0)
    parser.add_argument("--kills", type=int, default=kills, help=f"SIGKILLs of workers [$KILLS, {LONG.kills}]")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"begin no fault after this [{MINUTES:g}]")
    parser.add_argument("--short", action="store_true", help="as `make test` does it")
    parser.add_argument("--list", action="store_true", help="list the faults and end")
    return parser.parse_args()


def _is_chosen(fault: Fault, only: str) -> bool:
    wanted = [part.strip() for part in only.split(",") if part.strip()]
    return not wanted or any(
        part == str(fault.family) or (not part.isdigit() and part in fault.name) for part in wanted
    )


def _run(chosen: Sequence[Fault], scale: Scale, seed: int, deadline: float) -> tuple[list[Ledger], list[str]]:
    """Run faults one after another on one system; return their ledgers and what kept others from having one."""
    ledgers: list[Ledger] = []
    failures: list[str] = []
    system = System()
    try:
        system.start()
        print(HEADER, flush=True)
        for fault in chosen:
            if time.monotonic() > deadline:
                failures.append(f"{fault.name}: not run, the time is over")
                continue
            ledger = _run_one(fault, system, scale, seed, failures)
            ledgers += [ledger] if ledger else []
    finally:
        system.stop()
    return ledgers, failures


def _run_one(fault: Fault, system: System, scale: Scale, seed: int, failures: list[str]) -> Ledger | None:
    _progress(f"… {fault.name}")
    try:
        ledger = fault.run(system, scale, seed)
    except Exception as error:
        failures.append(f"{fault.name}: {error}")
        _progress("")
        traceback.print_exc()
        return None
    _progress("")
    print("\n".join((ledger.line(), *ledger.explanations())), flush=True)
    return ledger


def _progress(text: str) -> None:
    """Show on a terminal what is under way; the next line takes its place."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _conclude(ledgers: Sequence[Ledger], failures: Sequence[str]) -> int:
    everything = total(ledgers)
    print(everything.line())
    for failure in failures:
        print(f"  no result: {failure}")
    figures = f"lost {len(everything.lost)}, doubled {len(everything.doubled)}, regressed {len(everything.regressed)}"
    print(f"{figures}, still unknown {len(everything.unknown)}; other promises broken {len(everything.broken)}")
    return 0 if everything.is_clean and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
