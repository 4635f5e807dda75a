"""Edits, revocations and reactions, as each dialect tells them (S3.16 to S3.21, D2, D3)."""

import pytest

from gateways.kinds import Kind
from tests.gateways.bodies import (
    AT,
    PERSON,
    PHONE,
    baileys_message,
    evolution,
    waha,
    waha_message,
    web_message,
    wppconnect,
    wwebjs,
)
from tests.gateways.reading import ID, message

ACTS = [
    (
        Kind.WWEBJS,
        wwebjs("message_edit", {"message": web_message(), "newBody": "Adiós", "prevBody": "Hola"}),
        "edit",
        "Adiós",
    ),
    (
        Kind.WWEBJS,
        wwebjs(
            "message_revoke_everyone", {"message": web_message("3EBNOTICE", _data={"protocolMessageKey": {"id": ID}})}
        ),
        "revoke",
        None,
    ),
    (
        Kind.WWEBJS,
        wwebjs(
            "message_reaction",
            {
                "reaction": {
                    "id": {"id": "3EBREACT", "fromMe": False},
                    "timestamp": AT,
                    "reaction": "👍",
                    "msgId": {"id": ID},
                    "senderId": PERSON,
                }
            },
        ),
        "reaction",
        "👍",
    ),
    (
        Kind.WAHA,
        waha("message.edited", {**waha_message("3EBEDIT"), "editedMessageId": ID, "body": "Adiós"}),
        "edit",
        "Adiós",
    ),
    (
        Kind.WAHA,
        waha("message.revoked", {"after": waha_message("3EBAFTER"), "before": None, "revokedMessageId": ID}),
        "revoke",
        None,
    ),
    (
        Kind.WAHA,
        waha(
            "message.reaction",
            {**waha_message("3EBREACT"), "reaction": {"text": "👍", "messageId": f"true_{PERSON}_{ID}"}},
        ),
        "reaction",
        "👍",
    ),
    (Kind.EVOLUTION, evolution("messages.delete", {"id": ID, "remoteJid": PERSON, "fromMe": False}), "revoke", None),
    (
        Kind.EVOLUTION,
        evolution(
            "messages.upsert",
            baileys_message("3EBREACT", message={"reactionMessage": {"key": {"id": ID}, "text": "👍"}}),
        ),
        "reaction",
        "👍",
    ),
    (
        Kind.EVOLUTION,
        evolution(
            "messages.upsert",
            baileys_message(
                "3EBEDIT",
                message={
                    "protocolMessage": {
                        "key": {"id": ID},
                        "type": "MESSAGE_EDIT",
                        "editedMessage": {"conversation": "Adiós"},
                    }
                },
            ),
        ),
        "edit",
        "Adiós",
    ),
    (
        Kind.EVOLUTION,
        evolution(
            "messages.upsert", baileys_message("3EBREVOKE", message={"protocolMessage": {"key": {"id": ID}, "type": 0}})
        ),
        "revoke",
        None,
    ),
    (
        Kind.WPPCONNECT,
        wppconnect("onrevokedmessage", **{"from": PERSON, "id": {"id": "3EBNOTICE"}, "refId": {"id": ID}}),
        "revoke",
        None,
    ),
    (
        Kind.WPPCONNECT,
        wppconnect("onreactionmessage", id={"id": "3EBREACT"}, msgId={"id": ID}, reactionText="👍", senderId=PERSON),
        "reaction",
        "👍",
    ),
]


@pytest.mark.parametrize(("kind", "body", "type_", "text"), ACTS)
def test_edits_revocations_and_reactions_name_the_message_they_are_about(
    kind: Kind, body: bytes, type_: str, text: str | None
) -> None:
    item = message(kind, body)
    assert (item.type, item.context_id, item.text, item.phone) == (type_, ID, text, PHONE)
    assert item.message_id != ID
