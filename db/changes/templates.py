"""Choosing which template carries which document."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from db.changes.refusal import Refusal
from db.queries import audit, templates
from messaging.parameters import DEFAULT_TEMPLATES, DocumentTemplate, check_order
from messaging.sentences import Sentence
from messaging.templates import body_placeholders
from messaging.violations import Violation


def choose(
    connection: Connection,
    tenant_id: UUID,
    *,
    actor: str,
    kind: str,
    step: str,
    name: str,
    language: str,
    parameters: Sequence[str],
) -> None:
    """Let a template of the tenant carry its documents of a kind and step.

    Args:
        connection: in a transaction.
        tenant_id: whose documents.
        actor: for the audit log.
        kind: with the step one of messaging.parameters.DEFAULT_TEMPLATES.
        step: with the kind.
        name: of a template that Meta told.
        language: of the same.
        parameters: what stands at each placeholder of its body, names from messaging.parameters.WRITERS.

    Raises:
        Refusal: there is no such template.
        Violation: `at` "parameters": another number of them, or an unknown one.
    """
    assert (kind, step) in DEFAULT_TEMPLATES, "the caller has looked"
    known = next(
        (one for one in templates.list_shown(connection, tenant_id) if (one.name, one.language) == (name, language)),
        None,
    )
    if known is None:
        raise Refusal("template_not_found", Sentence("There is no such template. Fetch the templates from Meta first."))
    try:
        check_order(parameters)
    except Violation:
        raise Violation(Sentence("choose what stands at each place of the text"), "parameters") from None
    if len(parameters) != len(body_placeholders(known.definition)):
        raise Violation(Sentence("choose what stands at each place of the text"), "parameters")
    templates.map_document(connection, tenant_id, kind, step, DocumentTemplate(name, language, tuple(parameters)))
    audit.write(
        connection, tenant_id, actor=actor, action="template.mapped", target=f"{kind}/{step}",
        name=name, language=language, parameters=list(parameters),
    )  # fmt: skip
