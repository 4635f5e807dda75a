"""What an error of the Graph API, or of a `failed` status, means for the message and for all others."""

from dataclasses import replace

from whatsapp.error_table import HTTP_5XX, HTTP_429, RANGES, RULES, TRANSIENT, UNKNOWN
from whatsapp.verdicts import ErrorRule, Scope, Verdict

__all__ = ["RULES", "ErrorRule", "Scope", "Verdict", "classify"]

_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500


def classify(code: int | None, http_status: int | None = None, is_transient: bool | None = None) -> ErrorRule:
    """Return the rule for an error. The code decides; the HTTP status only where it says more.

    An error to be retried that came with 5xx may have struck after the message was sent: its rule is uncertain, unless
    the code names what kept the message from being sent.

    Args:
        code: error.code of a Graph answer, or of a failed status; None when there is none.
        http_status: of the answer; None for a status webhook. 429 is a rate limit whatever the code.
        is_transient: error.is_transient; decides for unknown codes only.
    """
    rule = _rule_of_code(code)
    if http_status == _TOO_MANY_REQUESTS:
        return rule if rule is not None and rule.verdict is Verdict.RETRY_LATER else HTTP_429
    has_failed = http_status is not None and http_status >= _FIRST_SERVER_ERROR
    if rule is not None:
        return _doubted(rule) if has_failed else rule
    if has_failed:
        return HTTP_5XX
    return TRANSIENT if is_transient else UNKNOWN


def _doubted(rule: ErrorRule) -> ErrorRule:
    if rule.verdict is not Verdict.RETRY or rule.precludes_sending:
        return rule
    return replace(rule, uncertain=True)


def _rule_of_code(code: int | None) -> ErrorRule | None:
    if code is None:
        return None
    return RULES.get(code) or next((rule for codes, rule in RANGES if code in codes), None)
