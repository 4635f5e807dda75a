"""Which addresses belong to the founding systems and keep their shapes."""

from typing import Final, Literal

FOUNDING_PREFIX = "/api/v2/whatsapp"
FOUNDING_ROOTS = frozenset(
    {"send-invoice", "send-message", "send-template", "message-status", "message-statuses", "config", "debug"}
)
"""First words of their paths; S4's service was also mounted without the prefix."""

CONFIG_PATH = "/api/whatsapp/config"
SEND_PATH = "/api/whatsapp/send"
SETTINGS_PATH = "/api/settings/whatsapp"
SELF_TEST_PATH = "/api/v1/whatsapp/webhook/test"
SESSION_PATH = "/api/whatsapp/session"

Shape = Literal["problem", "success", "message", "code"]
SHAPES: Final[dict[str, Shape]] = {
    CONFIG_PATH: "code",
    SEND_PATH: "code",
    SETTINGS_PATH: "message",
    SELF_TEST_PATH: "success",
    SESSION_PATH: "success",
}
"""How errors look: S2's {"error": {code, message}}, S0's with the `message` that its page shows, S4's success: false;
S1's self-test told none, it takes S4's."""


def shape_of(path: str) -> Shape:
    """Tell in which shape an address answers errors."""
    for prefix, shape in SHAPES.items():
        if path == prefix or path.startswith(prefix + "/"):
            return shape
    if path == FOUNDING_PREFIX or path.startswith(FOUNDING_PREFIX + "/"):
        return "success"
    return "success" if path.lstrip("/").partition("/")[0] in FOUNDING_ROOTS else "problem"
