"""A supervised run of dummies: `dummy_run.py <directory> <name>:<stop stage>:<behaviour> …`."""

import os
import sys
from pathlib import Path

from embedded.parent import Make
from embedded.processes import Process, Ready
from embedded.run import interrupt_on_signals, keep_running
from embedded.supervisor import Supervisor

DUMMY = Path(__file__).with_name("dummy.py")


def row(description: str) -> Process:
    name, stage, behaviour = description.split(":")
    return Process(
        name=name,
        command="no-such-program" if behaviour == "missing" else f"python $DUMMY $DIRECTORY {name} {behaviour}",
        needs=(),
        ready=Ready.LOGGED,
        ready_in=20,
        stop_stage=int(stage),
        stop_in=60 if behaviour == "stubborn" else 5,
    )


def main(directory: Path, descriptions: list[str]) -> int:
    interrupt_on_signals()
    environment = {**os.environ, "DUMMY": str(DUMMY), "DIRECTORY": str(directory), "BIND_HOST": "127.0.0.1"}
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
    supervisor = Supervisor(directory, directory / "logs", asked_to_stop=Make().is_gone_or_interrupted, grace=0.5)

    def start() -> None:
        supervisor.start([row(description) for description in descriptions], environment)
        print("all are ready", flush=True)

    return keep_running(supervisor, start)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
