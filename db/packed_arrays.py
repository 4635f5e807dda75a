"""Arrays in Postgres's binary format, packed at once.

psycopg's own list adapter looks at every element several times and escapes bytes as hexadecimal text: a fifth of what a
process spends on a webhook. The format: PostgreSQL's array_recv (src/backend/utils/adt/arrayfuncs.c).
"""

import struct
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER: Final = struct.Struct("!iiIii")
_LENGTH: Final = struct.Struct("!i")
_ONE_DIMENSION, _FROM_ONE = 1, 1
_NULL: Final = _LENGTH.pack(-1)
_UUID_OID, _BYTEA_OID = 2950, 17
_UUID_LENGTH: Final = _LENGTH.pack(16)


class PackedArray(bytes):
    """A one-dimensional array as Postgres receives it; the statement casts it (`%s::uuid[]`)."""


def uuids(values: Sequence[UUID | None]) -> PackedArray:
    """Pack a uuid[]; None becomes NULL."""
    return _packed(_UUID_OID, len(values), [_NULL if value is None else _UUID_LENGTH + value.bytes for value in values])


def byteas(values: Sequence[bytes]) -> PackedArray:
    """Pack a bytea[]."""
    return _packed(_BYTEA_OID, len(values), [part for value in values for part in (_LENGTH.pack(len(value)), value)])


def _packed(oid: int, count: int, parts: Sequence[bytes]) -> PackedArray:
    has_nulls = int(_NULL in parts)
    return PackedArray(_HEADER.pack(_ONE_DIMENSION, has_nulls, oid, count, _FROM_ONE) + b"".join(parts))


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> bytes:
        return obj


def register(connection: psycopg.Connection) -> None:
    """Let a connection take PackedArray as a parameter."""
    connection.adapters.register_dumper(PackedArray, _PackedDumper)
