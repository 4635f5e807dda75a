"""What a file is: judged by its bytes, never by what its sender says alone."""

import puremagic

HEAD_BYTES = 8192
"""Enough for every signature, and for the first entries of an Office file's archive."""

UNKNOWN = "application/octet-stream"

SHOWN_INLINE = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "video/mp4",
        "video/3gpp",
        "audio/aac",
        "audio/amr",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "application/pdf",
    }
)
"""What a browser may show in its own window; all else is saved: a page or an SVG would run scripts in our origin."""

_ALIASES = {
    "application/ogg": "audio/ogg",
    "video/ogg": "audio/ogg",
    "image/jpg": "image/jpeg",
    "audio/x-aac": "audio/aac",
}
_SIGNATURES = ((b"#!AMR", "audio/amr"), (b"%PDF-", "application/pdf"))
_SAME_CONTAINER = frozenset({"video/mp4", "audio/mp4", "video/3gpp"})
"""One file format: only the sender knows whether there is a picture."""


def served_type(head: bytes, told: str | None) -> str:
    """Return the type under which a file is served.

    Args:
        head: its first HEAD_BYTES.
        told: what the sender says, with or without parameters.
    """
    claimed = bare(told)
    found = _found(head)
    if found in _SAME_CONTAINER and claimed in _SAME_CONTAINER:
        return claimed
    if found is not None:
        return found
    return "text/plain" if claimed == "text/plain" and _is_text(head) else UNKNOWN


def bare(told: str | None) -> str:
    """Return a type without its parameters, in lower case."""
    return (told or "").partition(";")[0].strip().lower()


def _found(head: bytes) -> str | None:
    known = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)
    if known is not None:
        return known
    try:
        guessed = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        return None
    return _ALIASES.get(guessed, guessed) or None


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and b"\0" not in head
    return b"\0" not in head
