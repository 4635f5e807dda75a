"""What the pages say to people, in English; the catalogues translate it."""

from typing import Final

WRONG_CREDENTIALS: Final = "The login or the password is not right."
THROTTLED: Final = "Too many attempts. Try again later."
BUSY: Final = "Many people log in right now. Try again in a few seconds."
PASSWORDS_DIFFER: Final = "The two passwords are not the same."
WRONG_PASSWORD: Final = "The current password is not right."
INVITATION_GONE: Final = "This link is used or has expired. Ask for another one."
PASSWORD_CHANGED: Final = "The password is changed. All other sessions have ended."
FORM_EXPIRED: Final = "This form is too old. Load the page again and repeat."
NAME_EMPTY: Final = "Give a name."
