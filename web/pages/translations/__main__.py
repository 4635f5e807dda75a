"""`python -m web.pages.translations` brings the catalogues up to date; what is new stays empty."""

from babel.messages.pofile import read_po, write_po

from messaging.people import LANGUAGES
from web.pages.translations import messages
from web.people.language import DOMAIN, SOURCE_LANGUAGE, catalogue_file

for language in LANGUAGES:
    if language != SOURCE_LANGUAGE:
        path = catalogue_file(language)
        with path.open("rb") as source:
            catalogue = read_po(source, locale=language, domain=DOMAIN)
        catalogue.update(messages(), no_fuzzy_matching=True)
        with path.open("wb") as target:
            write_po(
                target, catalogue, width=120, omit_header=True, no_location=True, ignore_obsolete=True, sort_output=True
            )
