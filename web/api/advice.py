"""What people are told to do about a message that did not go out at once."""

from typing import Final

from messaging.retry import NOT_SENDABLE
from messaging.sentences import Sentence
from whatsapp.errors import Verdict, classify

PASSING: Final = (Verdict.RETRY, Verdict.RETRY_LATER)
EXHAUSTED: Final = Sentence("It was tried as often as makes sense. When the cause has passed, have it sent again.")
NOBODY_KNOWS: Final = Sentence(
    "Nobody knows yet whether it was sent. A receipt tells; if none comes, ask the customer and settle it."
)
SETTLED: Final = Sentence("Nothing to do: this was settled.")
TRIED_AGAIN: Final = Sentence("Nothing to do: it is tried again by itself.")
REBUILD: Final = Sentence("It cannot be sent as it is stored. Report it to whoever runs this system; send it anew.")
_WITHOUT_CODE: Final = {"unknown": NOBODY_KNOWS, "settled": SETTLED, "failed": EXHAUSTED}


def advice(code: int | None, title: str | None, state: str) -> str:
    """Return what to do.

    Args:
        code: Meta's error code; None when Meta gave none, as no answer came.
        title: of the error.
        state: the status of the message, or the outcome of the attempt.
    """
    if code is None:
        return REBUILD if title == NOT_SENDABLE else _WITHOUT_CODE.get(state, TRIED_AGAIN)
    rule = classify(code)
    return EXHAUSTED if state == "failed" and rule.verdict in PASSING else rule.advice
