"""What the pages say to people, in English; the catalogues translate it."""

from typing import Final

from messaging.sentences import Sentence

WRONG_CREDENTIALS: Final = Sentence("The login or the password is not right.")
THROTTLED: Final = Sentence("Too many attempts. Try again later.")
BUSY: Final = Sentence("Many people log in right now. Try again in a few seconds.")
PASSWORDS_DIFFER: Final = Sentence("The two passwords are not the same.")
WRONG_PASSWORD: Final = Sentence("The current password is not right.")
INVITATION_GONE: Final = Sentence("This link is used or has expired. Ask for another one.")
PASSWORD_CHANGED: Final = Sentence("The password is changed. All other sessions have ended.")
FORM_EXPIRED: Final = Sentence("This form is too old. Load the page again and repeat.")
NAME_EMPTY: Final = Sentence("Give a name.")
