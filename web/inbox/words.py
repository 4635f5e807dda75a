"""What the inbox says about messages, conversations and refusals."""

from typing import Final

from messaging.sentences import Sentence
from web.api.problems import Problem

KINDS: Final = {
    "image": (Sentence("Photo"), "photo"),
    "video": (Sentence("Video"), "video"),
    "audio": (Sentence("Audio"), "microphone"),
    "document": (Sentence("Document"), "file-text"),
    "sticker": (Sentence("Sticker"), "sticker"),
    "location": (Sentence("Location"), "map-pin"),
    "contacts": (Sentence("Contact card"), "address-book"),
    "order": (Sentence("Order"), "shopping-cart"),
    "template": (Sentence("Template"), "template"),
    "call": (Sentence("Called"), "phone"),
    "system": (Sentence("Change at WhatsApp"), "user-circle"),
    "request_welcome": (Sentence("Opened the chat for the first time"), "message-circle"),
}
"""Of messages without a text: what they are called, and their icon."""
UNREADABLE: Final = (Sentence("A message that WhatsApp does not hand over: look at it on the phone"), "help-circle")

TICKS: Final = {
    "queued": (Sentence("Waiting to be sent"), "clock", "wait"),
    "scheduled": (Sentence("Will be sent later"), "clock", "wait"),
    "sending": (Sentence("Being sent"), "clock", "wait"),
    "unknown": (Sentence("Perhaps sent: WhatsApp's answer was lost"), "clock", "wait"),
    "held": (Sentence("Held back by WhatsApp"), "clock", "wait"),
    "accepted": (Sentence("Handed to WhatsApp"), "check", "one"),
    "sent": (Sentence("Sent"), "check", "one"),
    "delivered": (Sentence("Delivered"), "checks", "two"),
    "read": (Sentence("Read"), "checks", "blue"),
    "played": (Sentence("Played"), "checks", "blue"),
    "failed": (Sentence("Not sent"), "alert-circle", "failed"),
    "cancelled": (Sentence("Cancelled"), "x", "wait"),
}
"""By status of a message of ours: what it means, its icon, and how it is shown."""

SOURCES: Final = {
    "echo": Sentence("From the phone"),
    "history": Sentence("Imported"),
    "auto_reply": Sentence("Automatic"),
}
SYSTEM: Final = {
    "user_changed_number": Sentence("The customer changed their number."),
    "user_changed_user_id": Sentence("The customer's WhatsApp account changed."),
    "customer_identity_changed": Sentence("The customer's security code changed."),
}
FILES: Final = {
    "waiting": Sentence("The file is being fetched."),
    "failed": Sentence("The file could not be fetched."),
    "deleted": Sentence("The file was deleted when its time was over."),
}

LOOKUPS: Final = {
    "waiting": Sentence("Your system is being asked."),
    "answered": Sentence("Your system told nothing."),
    "unknown": Sentence("Your system does not know this customer."),
    "failed": Sentence("Your system did not answer."),
}
"""Where a tenant's own system told nothing about a contact."""

NOTHING_TO_SEND: Final = Sentence("Write something, or add a file.")
TOO_LONG: Final = Sentence("A message has at most 4096 characters, without control characters.")
NO_TEMPLATE: Final = Sentence("Choose a template.")
LABEL_REFUSED: Final = Sentence("A label has at most 50 characters, in one line; a conversation has at most 20.")
NOTE_REFUSED: Final = Sentence("Write the note first; it has at most 4096 characters.")
NO_SUCH_PERSON: Final = Sentence("This person is not active any more. Choose another one.")

_PROBLEMS: Final = {
    "window_closed": Sentence("The customer last wrote more than 24 hours ago. Send a template instead."),
    "opted_out": Sentence("The customer asked for no more messages. Wait until they write again."),
    "address_unknown": Sentence("The phone number of this customer is not known, so this number cannot reach them."),
    "channel_missing": Sentence(
        "This number cannot send that: it is disconnected, or a gateway, which takes no files."
    ),
    "channel_inactive": Sentence("The WhatsApp number is switched off. Switch it on in the settings."),
    "upload_failed": Sentence("WhatsApp did not take the file. Try again."),
}


def refusal(problem: Problem) -> str:
    """Return why something was not done, for people."""
    return _PROBLEMS.get(problem.code) or " ".join(fault.detail for fault in problem.faults) or problem.detail
