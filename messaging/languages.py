"""From the language of a template to the CLDR locale its dates and amounts are written in."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError

from messaging.violations import Violation


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Return the locale of a language code as Meta ("es", "pt_BR") or a browser ("es-DO") writes it.

    A region that CLDR does not know falls back to its language: Meta has codes of its own, such as es_SPA.

    Raises:
        Violation: CLDR does not know the language.
    """
    code = language.replace("-", "_")
    for candidate in (code, code.partition("_")[0]):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    raise Violation("the language is not known; give a code such as es, es_DO or pt_BR")
