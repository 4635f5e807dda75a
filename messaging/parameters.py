"""From the facts of a document to the parameters of its template, in the order the template wants them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from messaging.documents import DocumentFacts
from messaging.languages import locale_of
from messaging.money import format_amount
from messaging.templates import lint_parameter
from messaging.violations import Violation

# Stands for a date or a link that a document does not have: Meta refuses an empty parameter.
NOT_GIVEN = "—"


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    """A template as it is configured for a kind and step of document: `order` names its body parameters."""

    name: str
    language: str
    order: tuple[str, ...]


_OVERDUE_ORDER = ("customer_name", "period", "amount", "due_date", "days_overdue", "link")

# What the founding systems registered with Meta (S4.10, S4.11, S4.20, S4.21).
DEFAULT_TEMPLATES: Mapping[tuple[str, str], DocumentTemplate] = {
    ("invoice", "initial"): DocumentTemplate(
        "invoice", "es", ("customer_name", "period", "amount", "due_date", "link")
    ),
    ("invoice", "notice"): DocumentTemplate(
        "rentcall", "es", ("customer_name", "period", "amount", "due_date", "link")
    ),
    ("invoice", "reminder"): DocumentTemplate("rentcall_reminder", "es", _OVERDUE_ORDER),
    ("invoice", "last_reminder"): DocumentTemplate("rentcall_last_reminder", "es", _OVERDUE_ORDER),
    ("quote", "initial"): DocumentTemplate("quote", "es", ("customer_name", "number", "amount", "valid_until", "link")),
}


def check_order(order: Iterable[str]) -> None:
    """Check a configured order of parameters.

    Raises:
        Violation: a name that is not in WRITERS; `at` is its position.
    """
    for position, name in enumerate(order):
        if name not in WRITERS:
            raise Violation(f"no such document parameter; there are {', '.join(WRITERS)}", str(position))


def assemble(order: Iterable[str], facts: DocumentFacts, language: str) -> list[str]:
    """Return the body parameters of a document's template.

    A missing period is told by the number, a missing date or link by a dash: a template's text reads on with
    these. A missing number, organisation or count of days overdue is refused: there the text would be wrong.

    Args:
        order: names from WRITERS.
        facts: what the business system told.
        language: the template's language; dates and amounts are written in it.

    Raises:
        Violation: an unknown name, a missing fact, or a text that no template takes; `at` is the name.
    """
    return [_write(name, facts, language) for name in order]


def _write(name: str, facts: DocumentFacts, language: str) -> str:
    if name not in WRITERS:
        raise Violation(f"no such document parameter; there are {', '.join(WRITERS)}", name)
    text = WRITERS[name](facts, language)
    if text is None:
        raise Violation(f"the template needs {name}, which is not given", name)
    return lint_parameter(text, at=name)


def _date(day: date | None, language: str) -> str:
    return format_date(day, format="long", locale=locale_of(language)) if day else NOT_GIVEN


Writer = Callable[[DocumentFacts, str], str | None]

WRITERS: Mapping[str, Writer] = {
    "customer_name": lambda facts, _language: facts.customer_name,
    "number": lambda facts, _language: facts.number,
    "period": lambda facts, _language: facts.period or facts.number,
    "amount": lambda facts, language: format_amount(facts.amount, facts.currency, language),
    "due_date": lambda facts, language: _date(facts.due_date, language),
    "valid_until": lambda facts, language: _date(facts.valid_until, language),
    "link": lambda facts, _language: facts.link or NOT_GIVEN,
    "organisation": lambda facts, _language: facts.organisation,
    "days_overdue": lambda facts, _language: None if facts.days_overdue is None else str(facts.days_overdue),
}
