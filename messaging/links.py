"""Links that customers open: safe to send, and cut to what a URL button of a template needs."""

import re
from urllib.parse import SplitResult, quote, urlsplit

from messaging.violations import Violation

# Meta: the whole URL of a button, its suffix included.
LONGEST_LINK = 2000

PLACEHOLDER = "{{1}}"

# Development only: the simulator's pages have no certificate.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})

_FORBIDDEN = re.compile(r'[\s\x00-\x1f\x7f<>"\\^`{|}]')
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

# RFC 3986: what stands in a path, query or fragment as it is; a "%" begins an escape that is there already.
_SUFFIX_SAFE = "-._~!$&'()*+,;=:@/?#%"


def check_https(url: str, *, allow_local: bool = False) -> str:
    """Return the link as it is when it may be sent to a customer.

    Args:
        url: an absolute link.
        allow_local: also let plain http through to this machine itself (development).

    Raises:
        Violation: not https, no host, a user name or password, characters that must be escaped, too long.
    """
    if len(url) > LONGEST_LINK:
        raise Violation(f"the link has {len(url)} characters; at most {LONGEST_LINK} are allowed")
    if _FORBIDDEN.search(url):
        raise Violation("the link has spaces or other characters that must be percent-encoded")
    parts = _split(url)
    is_local = allow_local and parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    if parts.scheme != "https" and not is_local:
        raise Violation('the link must begin with "https://"')
    if not parts.hostname:
        raise Violation("the link names no host")
    if "@" in parts.netloc:
        raise Violation("the link carries a user name or password; remove it")
    return url


def button_suffix(link: str, registered_url: str) -> str:
    """Return what a template's URL button appends to its registered prefix, percent-encoded, to open `link`.

    Args:
        link: the whole link, checked by `check_https`.
        registered_url: the button's URL as it was approved, "https://host/path/{{1}}".

    Raises:
        Violation: the button has no variable at its end, the link does not begin with the button's prefix, or
            the link is the bare prefix or too long.
    """
    prefix, placeholder, rest = registered_url.partition(PLACEHOLDER)
    if not placeholder or rest:
        raise Violation(f"the template's button is not registered with {PLACEHOLDER} at the end of its URL")
    if not _begins_with(link, prefix):
        raise Violation(f"the link must begin with {prefix}, which the template's button is registered with")
    suffix = quote(_STRAY_PERCENT.sub("%25", link[len(prefix) :]), safe=_SUFFIX_SAFE)
    if not suffix:
        raise Violation(f"the link ends where the button's prefix {prefix} ends; nothing is left to append")
    if len(prefix) + len(suffix) > LONGEST_LINK:
        raise Violation(f"the link is longer than {LONGEST_LINK} characters once it is percent-encoded")
    return suffix


def check_suffix(suffix: str) -> str:
    """Return the suffix as it is when a URL button can append it unchanged.

    Raises:
        Violation: empty, or characters that must be percent-encoded, since Meta inserts it as given.
    """
    if not suffix:
        raise Violation("the button's URL suffix is empty")
    if quote(suffix, safe=_SUFFIX_SAFE) != suffix or _STRAY_PERCENT.search(suffix):
        raise Violation("the button's URL suffix has characters that must be percent-encoded")
    return suffix


def _begins_with(link: str, prefix: str) -> bool:
    """Compare scheme and host whatever their case, and host as a whole: a prefix "https://pay.example" must
    not let "https://pay.example.evil.test" through."""
    link_parts, prefix_parts = _split(link), _split(prefix)
    same_host = (link_parts.scheme, link_parts.netloc.lower()) == (
        prefix_parts.scheme,
        prefix_parts.netloc.lower(),
    )
    origin_length = len(prefix_parts.scheme) + len("://") + len(prefix_parts.netloc)
    return same_host and link[origin_length:].startswith(prefix[origin_length:])


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Violation("the link is not a URL that can be read") from error
    return parts
