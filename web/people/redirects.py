"""Where a form sends on to: only ever to a page of ours."""

import re
from typing import cast

from flask import Response, redirect, request

_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\U0010ffff]*")
"""A path on this host: "//host" and "/\\host" are other hosts to a browser."""
LONGEST = 2000


def is_ours(target: str) -> bool:
    """Tell whether an address is a path on this host."""
    return len(target) <= LONGEST and _PATH.fullmatch(target) is not None


def send_on(target: str | None, default: str = "/") -> Response:
    """Redirect (303) to a path of ours, below the prefix under which we are reached.

    Args:
        target: from the address or a form: anything; ignored unless it is a path on this host.
        default: where to go instead.
    """
    path = target if target and is_ours(target) else default
    return cast(Response, redirect(request.script_root + path, 303))
