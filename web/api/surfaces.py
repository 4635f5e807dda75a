"""Which addresses belong to the founding systems and keep their shapes."""

FOUNDING_PREFIX = "/api/v2/whatsapp"
FOUNDING_ROOTS = frozenset({"send-invoice", "send-message", "send-template", "message-status", "message-statuses"})
"""First words of their paths; S4's service was also mounted without the prefix."""


def is_founding(path: str) -> bool:
    """Tell whether a path belongs to the founding surface."""
    if path == FOUNDING_PREFIX or path.startswith(FOUNDING_PREFIX + "/"):
        return True
    return path.lstrip("/").partition("/")[0] in FOUNDING_ROOTS
