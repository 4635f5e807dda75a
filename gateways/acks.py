"""Acks: numbers and Baileys' words, onto the one ladder of message statuses."""

from collections.abc import Mapping

STATUS_BY_ACK: Mapping[int, str] = {
    -1: "failed",
    0: "accepted",
    1: "sent",
    2: "delivered",
    3: "read",
    4: "played",
}
"""whatsapp-web.js MessageAck: ERROR, PENDING, SERVER, DEVICE, READ, PLAYED."""

STATUS_BY_WORD: Mapping[str, str] = {
    "ERROR": "failed",
    "PENDING": "accepted",
    "SERVER_ACK": "sent",
    "DELIVERY_ACK": "delivered",
    "READ": "read",
    "PLAYED": "played",
    # Evolution in front of the Cloud API passes Meta's own words on, in capitals.
    "FAILED": "failed",
    "SENT": "sent",
    "DELIVERED": "delivered",
}
"""Baileys' WebMessageInfo.Status as Evolution writes it; DELETED is a revocation and no ack."""
