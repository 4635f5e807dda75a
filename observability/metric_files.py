"""Which file the metrics of a process are kept in, where several processes tell theirs together.

prometheus_client names files by process id and never removes those of counters. A Celery worker replaces its children
every few thousand tasks, hundreds of times a day: the child that takes another's place takes its files as well.
"""

import os

from billiard.process import current_process
from prometheus_client import values


def name_of_process() -> str:
    """Return a name that no other process has at the same time, and that a pool child hands on to its successor."""
    place = getattr(current_process(), "index", None)
    return str(os.getpid()) if place is None else f"{os.getppid()}-{place}"


def keep_files_by_place() -> None:
    """Let metrics that are defined from now on be kept in such files."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        values.ValueClass = values.MultiProcessValue(name_of_process)
