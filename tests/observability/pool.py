"""A pool as Celery's workers have one, whose child is replaced after every task: `python -m tests.observability.pool`."""

import os
import sys

from billiard.pool import Pool

from observability.metrics import record_ring


def work(_: int) -> int:
    """Count, and return by which process."""
    record_ring("send", "rung")
    return os.getpid()


if __name__ == "__main__":
    record_ring("ingest", "rung")
    pool = Pool(1, maxtasksperchild=1)
    children = [pool.apply(work, (number,)) for number in range(int(sys.argv[1]))]
    pool.terminate()
    print(os.getpid(), len(set(children)))
