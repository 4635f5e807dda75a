"""Many rows in one parameter: a JSON text that Postgres unfolds. One statement whatever the number of rows, and three
times cheaper than arrays, whose every element psycopg quotes in Python."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson


def record_source(columns: Mapping[str, str]) -> str:
    """Return the FROM item that unfolds the parameter :rows.

    Args:
        columns: name → SQL type of each column used.
    """
    return (
        f"json_to_recordset(CAST(:rows AS json)) AS v({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
    )


def rows_parameter(rows: Sequence[Any]) -> dict[str, str]:
    """Return the parameter for dataclass rows; times must be aware."""
    return {"rows": orjson.dumps(rows, default=_as_postgres_reads_it).decode()}


def _as_postgres_reads_it(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds()} seconds"
    raise TypeError(f"no SQL value: {type(value).__name__}")
