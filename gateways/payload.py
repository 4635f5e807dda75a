"""A gateway's webhook body, split into items that stand or fall alone."""

from collections.abc import Mapping

from gateways import dialect, evolution, waha, wppconnect, wwebjs
from gateways.dialect import Dialect
from gateways.items import Item
from gateways.kinds import Kind

DIALECTS: Mapping[Kind, Dialect] = {
    Kind.FOUNDING: wwebjs.DIALECT,
    Kind.WWEBJS: wwebjs.DIALECT,
    Kind.WAHA: waha.DIALECT,
    Kind.EVOLUTION: evolution.DIALECT,
    Kind.WPPCONNECT: wppconnect.DIALECT,
}


def split(kind: Kind, body: bytes) -> list[Item]:
    """Return all items of a body in their order. Never raises: what cannot be read is an `Unhandled`.

    Args:
        kind: of the registered source.
        body: raw, or with its secrets sealed; its origin has been proven.
    """
    return dialect.split(DIALECTS[kind], body)
