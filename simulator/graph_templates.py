"""GET /{waba-id}/message_templates with filters, fields and cursors (Meta: Template management)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from simulator import defaults
from simulator.endings import answer_json
from simulator.errors import GraphError, unknown_object
from simulator.graph import Call, graph_call
from simulator.templates import Template

PAGE_LIMIT: Final = 25
LARGEST_PAGE: Final = 1000
FILTERS: Final = ("name", "status", "language", "category")
FIELDS: Final = (
    "id", "name", "language", "status", "category", "sub_category", "quality_score", "parameter_format", "components",
)  # fmt: skip


@graph_call("templates")
async def get_message_templates(call: Call) -> web.Response:
    """A page of templates; filters, fields and cursors come in the query."""
    if call.request.match_info["object_id"] != defaults.WABA_ID:
        raise unknown_object(call.request.match_info["object_id"])
    query = call.request.query
    found = [template for template in call.state.templates if _passes(template, query)]
    start, limit = _offset(query.get("after")), _limit(query.get("limit"))
    page = found[start : start + limit]
    shown = _chosen_fields(query.get("fields"))
    data = [{field: template[field] for field in shown if field in template} for template in page]
    return answer_json({"data": data, **_paging(call, start, start + len(page), len(found))})


def _passes(template: Template, query: Mapping[str, str]) -> bool:
    return all(template[name].lower() == query[name].lower() for name in FILTERS if query.get(name))


def _chosen_fields(fields: str | None) -> Sequence[str]:
    if not fields:
        return FIELDS
    chosen = [field.strip() for field in fields.split(",")]
    for field in chosen:
        if field not in FIELDS:
            raise GraphError(100, message=f"Tried accessing nonexisting field ({field})")
    return ["id", *(field for field in chosen if field != "id")]


def _limit(given: str | None) -> int:
    if given is None:
        return PAGE_LIMIT
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= LARGEST_PAGE:
        raise GraphError(100, message=f"Param limit must be from 1 to {LARGEST_PAGE}")
    return int(given)


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode("ascii")


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).removeprefix(b"offset:"))
    except (binascii.Error, ValueError):
        raise GraphError(100, message="Invalid cursor") from None


def _paging(call: Call, start: int, end: int, total: int) -> dict[str, Any]:
    if start == end:
        return {}
    paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
    if end < total:
        query = {name: value for name, value in call.request.query.items() if name != "access_token"}
        paging["next"] = str(call.request.url.with_query({**query, "after": _cursor(end)}))
    return {"paging": paging}
