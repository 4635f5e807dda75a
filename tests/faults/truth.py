"""What really happened, from those who know: the simulator for what reached Meta, Postgres for what we kept."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from tests.simulator.meta import Meta

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A send that Meta accepted; `statuses` are its receipts that we acknowledged."""

    wamid: str
    reference: str
    """As it stands in the text; our message id when none does."""
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An outbound message of ours."""

    message_id: str
    reference: str
    status: str
    error_code: int | None
    anomaly: str | None


@dataclass(frozen=True, slots=True)
class Truth:
    """Both sides at one moment."""

    sent: Mapping[str, Sequence[Sent]]
    """By reference, in order of acceptance."""
    rows: Mapping[str, Sequence[Row]]
    """By reference."""
    written: Mapping[str, int]
    """wamids that customers wrote at the simulator → copies acknowledged."""
    inbound: Counter[str]
    """wamids of inbound rows → how many rows."""
    receipts: frozenset[tuple[str, str]]
    """(wamid, status) of kept receipts."""
    failed_events: int


def read(meta: Meta, connection: psycopg.Connection, label: str) -> Truth:
    """Return what both sides know.

    Args:
        meta: the simulator.
        connection: to the database.
        label: with which the trial's references begin.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(connection):
        rows[row.reference].append(row)
    references = {row.message_id: row.reference for one in rows.values() for row in one}
    sent: dict[str, list[Sent]] = defaultdict(list)
    for one in _sends(meta, label):
        sent[references.get(one.reference, one.reference)].append(one)
    return Truth(
        sent=sent,
        rows=rows,
        written={one["wamid"]: one["acknowledged"] for one in _pages(meta, "inbound")},
        inbound=Counter(dict(_pairs(connection, _INBOUND))),
        receipts=frozenset(_pairs(connection, "SELECT wamid, status FROM receipts")),
        failed_events=connection.execute("SELECT count(*) FROM events WHERE state = 'failed'").fetchone()[0],  # type: ignore[index]
    )


_INBOUND = "SELECT wamid, count(*) FROM messages WHERE direction = 'inbound' GROUP BY wamid"
_ROWS = """
SELECT id::text, coalesce(client_reference, id::text), status, error_code, anomaly FROM messages
WHERE direction = 'outbound' ORDER BY id
"""


def _rows(connection: psycopg.Connection) -> list[Row]:
    return [Row(*row) for row in connection.execute(_ROWS)]


def _pairs(connection: psycopg.Connection, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(query)]  # type: ignore[arg-type]


def _sends(meta: Meta, label: str) -> list[Sent]:
    return [Sent(one["wamid"], _reference_of(one, label), tuple(one["statuses"])) for one in _pages(meta, "sends")]


def _reference_of(send: dict[str, Any], label: str) -> str:
    found = re.search(rf"\b{label}\w*", orjson.dumps(send["body"]).decode())
    return found[0] if found else str(send["callback_data"]).partition(":")[0]


def _pages(meta: Meta, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := meta.look(what, offset=len(found), limit=PAGE):
        found.extend(page)
    return found
