"""What a fresh simulator starts with: its names, its identities, and the values that make a send fail."""

from collections.abc import Mapping
from typing import Final

HOST: Final = "127.0.0.1"
PORT: Final = 8002
PUBLIC_URL: Final = "http://127.0.0.1:8000"

APP_ID: Final = "670843887433847"
APP_NAME: Final = "Simulated app"
APP_SECRET: Final = "simulator-app-secret"
VERIFY_TOKEN: Final = "simulator-verify-token"
ACCESS_TOKEN: Final = "simulator-access-token"

WABA_ID: Final = "102290129340398"
PHONE_NUMBER_ID: Final = "106540352242922"
DISPLAY_PHONE_NUMBER: Final = "+1 829-555-0142"
SECOND_PHONE_NUMBER_ID: Final = "106540352242923"
SECOND_DISPLAY_PHONE_NUMBER: Final = "+1 829-555-0143"
COUNTRY_CALLING_CODE: Final = "1"
VERIFIED_NAME: Final = "Simulated business"

CUSTOMER_PHONE: Final = "+18095550199"
CUSTOMER_NAME: Final = "Ana Peña"

FAILING_ENDINGS: Final[Mapping[str, str]] = {
    "130472": "the user is part of a marketing experiment",
    "130497": "the business may not write to this country",
    "131000": "something went wrong on Meta's side",
    "131026": "the number is not on WhatsApp",
    "131042": "the business account has a payment problem",
    "131048": "the number is limited for spam",
    "131049": "withheld for a healthy ecosystem",
    "131050": "the user stopped marketing messages",
}
"""A recipient whose digits end in one of these codes is accepted, then fails with that code."""

UNFETCHABLE_HOST_ENDING: Final = ".invalid"
"""A media link on such a host (RFC 2606: never resolves) is accepted, then fails with 131053."""
