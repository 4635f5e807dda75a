"""A process that behaves as it is told: `dummy.py <directory> <name> <behaviour>`. Each has a child of its own.

It notes in <directory>/events when it starts and when it is asked to stop.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

CHILD = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def main(directory: Path, name: str, behaviour: str) -> None:
    def note(event: str) -> None:
        with (directory / "events").open("a") as events:
            events.write(f"{event} {name}\n")

    def leave(*_: object) -> None:
        note("stop")
        if behaviour != "stubborn":
            sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    subprocess.Popen([sys.executable, "-c", CHILD, str(directory)])
    note("start")
    print(f"{name} is ready.", flush=True)
    while True:
        time.sleep(0.02)
        if behaviour == "crashing" and (directory / "crash").exists():
            print("the last straw", flush=True)
            sys.exit(3)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
