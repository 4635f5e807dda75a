"""Is the public address really ours, from the outside? Asked by people only: it is a call of ourselves."""

import requests

from checks.result import CheckResult

TIMEOUTS = (3.05, 5.0)
"""Seconds to connect and to answer: Meta wants webhooks answered within one."""


def check_public_url(public_url: str | None) -> CheckResult:
    """Call GET {public_url}/health/live."""
    advice = "Meta needs an https address that leads here; for development a tunnel will do."
    if not public_url:
        return CheckResult("public_url", "warning", "PUBLIC_URL is not set.", f"Set it. {advice}")
    address = f"{public_url.rstrip('/')}/health/live"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(address, timeout=TIMEOUTS, allow_redirects=False)
            is_alive = answer.status_code == requests.codes.ok and answer.json() == {"status": "alive"}
    except (requests.RequestException, ValueError) as error:
        return CheckResult("public_url", "error", f"It cannot be reached: {type(error).__name__}.", advice)
    if not is_alive:
        advice = "Another service answers there: look at the proxy's routes, the longer prefix has to come first."
        return CheckResult("public_url", "error", f"It answers {answer.status_code}, and not as this service.", advice)
    if not address.startswith("https://"):
        return CheckResult("public_url", "warning", "It is reachable, but not by https.", advice)
    return CheckResult("public_url", "ok", "It is reachable.")
