"""Texts at hand and automatic answers, as people manage them."""

import pytest
from sqlalchemy import Engine

from tests.web.api.world import count, rows
from tests.web.people.browser import Browser

TEXTS, RULES = "/settings/texts", "/settings/rules"
RULE = {
    "name": "Horario",
    "match": "contains",
    "pattern": "horario",
    "answer": "De 8 a 17.",
    "during": "always",
    "once_per_seconds": "3600",
}


def test_a_text_is_stored_changed_offered_and_removed(inbox: Browser, engine: Engine, thread: object) -> None:
    for words in ("Hola.", "¡Hola!"):
        assert inbox.submit(TEXTS, shortcut="Saludo", text=words).status_code == 303
    [row] = rows(engine, "SELECT id, shortcut, text FROM canned_responses")
    assert (row.shortcut, row.text) == ("saludo", "¡Hola!")
    assert 'data-canned="¡Hola!"' in inbox.get(f"/inbox/{thread}").text
    assert inbox.submit(f"{TEXTS}/{row.id}/remove", form_at=TEXTS).status_code == 303
    assert count(engine, "canned_responses") == 0


@pytest.mark.parametrize("fields", [{"shortcut": "a b", "text": "x"}, {"shortcut": "a", "text": " "}])
def test_a_refused_text_is_kept_in_the_form(inbox: Browser, engine: Engine, fields: dict[str, str]) -> None:
    refused = inbox.submit(TEXTS, **fields)
    assert (refused.status_code, f'value="{fields["shortcut"]}"' in refused.text) == (422, True)
    assert count(engine, "canned_responses") == 0


def test_a_rule_is_added_tried_out_switched_off_and_removed(inbox: Browser, engine: Engine) -> None:
    assert inbox.submit(RULES, **RULE).status_code == 303
    [row] = rows(engine, "SELECT id, name, once_per_seconds, is_active FROM auto_reply_rules")
    assert (row.name, row.once_per_seconds, row.is_active) == ("Horario", 3600, True)
    tried = inbox.submit(f"{RULES}/try", form_at=RULES, text="¿Cuál es su horario?").text
    assert "data-trial-answer>De 8 a 17." in tried
    assert "No rule would answer" in inbox.submit(f"{RULES}/try", form_at=RULES, text="Hola").text
    assert inbox.submit(f"{RULES}/{row.id}/switch", form_at=RULES).status_code == 303
    assert "The rule is switched off" in inbox.submit(f"{RULES}/try", form_at=RULES, text="horario").text
    assert inbox.submit(f"{RULES}/{row.id}/remove", form_at=RULES).status_code == 303
    assert count(engine, "auto_reply_rules") == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"match": "regex", "pattern": "("}, "no regular expression"),
        ({"answer": " "}, "Fill in all fields"),
        ({"during": "sometimes"}, "Fill in all fields"),
        ({"once_per_seconds": "9" * 12}, "Fill in all fields"),
    ],
)
def test_a_refused_rule_says_why(inbox: Browser, engine: Engine, fields: dict[str, str], why: str) -> None:
    refused = inbox.submit(RULES, **{**RULE, **fields})
    assert (refused.status_code, why in refused.text) == (422, True)
    assert count(engine, "auto_reply_rules") == 0
