"""Is the public address really ours, from the outside? Asked by people only: it is a call of ourselves."""

import requests

from checks.result import CheckResult
from messaging.sentences import Sentence

TIMEOUTS = (3.05, 5.0)
"""Seconds to connect and to answer: Meta wants webhooks answered within one."""


def check_public_url(public_url: str | None) -> CheckResult:
    """Call GET {public_url}/health/live."""
    advice = Sentence("Meta needs an https address that leads here; for development a tunnel will do.")
    if not public_url:
        return CheckResult(
            "public_url", "warning", Sentence("PUBLIC_URL is not set."), Sentence("Set it. {how}", how=advice)
        )
    address = f"{public_url.rstrip('/')}/health/live"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(address, timeout=TIMEOUTS, allow_redirects=False)
            is_alive = answer.status_code == requests.codes.ok and answer.json() == {"status": "alive"}
    except (requests.RequestException, ValueError) as error:
        detail = Sentence("It cannot be reached: {error}.", error=type(error).__name__)
        return CheckResult("public_url", "error", detail, advice)
    if not is_alive:
        advice = Sentence(
            "Another service answers there: look at the proxy's routes, the longer prefix has to come first."
        )
        detail = Sentence("It answers {status}, and not as this service.", status=answer.status_code)
        return CheckResult("public_url", "error", detail, advice)
    if not address.startswith("https://"):
        return CheckResult("public_url", "warning", Sentence("It is reachable, but not by https."), advice)
    return CheckResult("public_url", "ok", Sentence("It is reachable."))
