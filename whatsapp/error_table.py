"""Meta's error codes, judged (Meta: Error codes; what its page lacks, from libraries and older editions).

Each row: code, title, verdict, scope, advice. The HTTP status decides nothing here: 3, 131045 and 133000 come
with 500 and are settings, rate limits come with 400. One thing it does decide: a row to be retried that came with
5xx tells of a server that failed, perhaps after it had sent; only rows that name what kept the message from being sent
(`precludes_sending`) are then still a clear no.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from whatsapp.verdicts import ErrorRule, Scope, Verdict

RETRY, RETRY_LATER, CONFIG = Verdict.RETRY, Verdict.RETRY_LATER, Verdict.CONFIG
PERMANENT, UNREACHABLE = Verdict.PERMANENT, Verdict.RECIPIENT
MESSAGE, PAIR, PERSON, NUMBER = Scope.MESSAGE, Scope.PAIR, Scope.RECIPIENT, Scope.NUMBER
WABA, APP, TEMPLATE, CHANNEL = Scope.WABA, Scope.APP, Scope.TEMPLATE, Scope.CHANNEL


def _rule(code: int | None, title: str, verdict: Verdict, scope: Scope, advice: str, **more: Any) -> ErrorRule:
    more.setdefault("alert", verdict is CONFIG)
    return ErrorRule(code=code, title=title, verdict=verdict, scope=scope, advice=advice, **more)


_NEW_TOKEN = "Create a new access token in Meta Business settings and enter it in the settings here."
_GRANT = "Give the system user the app and the WhatsApp account, with the messaging and management permissions."
_WAIT = "Nothing to do: it is sent again by itself as soon as Meta allows."
_AGAIN = "Nothing to do: it is tried again by itself."
_OUR_FAULT = "The request was built wrongly. Report it to whoever runs this system."
_TEMPLATE_VALUES = "Compare the template in WhatsApp Manager with the values sent, then send again."
_BILLING = "Open Billing in Meta Business settings and repair the payment method, currency and time zone."
_REGISTER = "Register the phone number again in WhatsApp Manager, then resume the channel."
_VERIFY = "Check the number's registration and two-step PIN in WhatsApp Manager, then resume the channel."
_OTHER_WAY = "Reach this customer another way, for example by e-mail or phone."
_QUALITY = "Look at the account quality page in WhatsApp Manager and slow down; answering customers still works."
_GROUPS = "Groups cannot be addressed this way. Send to the person instead."
_FLOW = "Repair or replace the flow in WhatsApp Manager before using this template again."
_FILE = "Check that the document's link opens without a login and is a PDF below 100 MB, then send again."
_NO_MESSAGE = "Meta answered with an error that sending a message should not cause. Report it to the operator."

_GENERAL = (
    _rule(0, "Access token not accepted", CONFIG, CHANNEL, _NEW_TOKEN),
    _rule(1, "Invalid request or server error", RETRY, MESSAGE, _AGAIN, max_attempts=3),
    _rule(2, "Meta overloaded", RETRY, MESSAGE, _AGAIN),
    _rule(3, "Capability or permission missing", CONFIG, CHANNEL, _GRANT),
    _rule(4, "App call limit", RETRY_LATER, APP, _WAIT, first_delay=timedelta(minutes=5)),
    _rule(10, "Permission missing or removed", CONFIG, CHANNEL, _GRANT),
    _rule(17, "User call limit", RETRY_LATER, APP, _WAIT, first_delay=timedelta(minutes=5)),
    _rule(32, "Page call limit", RETRY_LATER, APP, _WAIT, first_delay=timedelta(minutes=5)),
    _rule(33, "Phone number id deleted or invalid", CONFIG, CHANNEL, "Enter the current phone number id."),
    _rule(100, "Invalid parameter", PERMANENT, MESSAGE, _OUR_FAULT),
    _rule(104, "No access token", CONFIG, CHANNEL, _NEW_TOKEN),
    _rule(190, "Access token expired or invalid", CONFIG, CHANNEL, _NEW_TOKEN),
    _rule(368, "Account restricted for a policy violation", CONFIG, WABA, _QUALITY),
    _rule(613, "Call limit", RETRY_LATER, APP, _WAIT, first_delay=timedelta(minutes=5)),
    _rule(803, "Object not found or not accessible", CONFIG, CHANNEL, _GRANT),
    _rule(80007, "Account call limit", RETRY_LATER, WABA, _WAIT, first_delay=timedelta(minutes=5)),
)

_MESSAGING = (
    _rule(130403, "Customer blocked by us", UNREACHABLE, PERSON, "Unblock this customer before writing again."),
    _rule(130429, "Throughput reached", RETRY_LATER, NUMBER, _WAIT, first_delay=timedelta(seconds=5)),
    _rule(130472, "Customer in a Meta experiment", UNREACHABLE, PERSON, _OTHER_WAY),
    _rule(130497, "Country not allowed for this business", UNREACHABLE, PERSON, _OTHER_WAY, alert=True),
    _rule(131000, "Unknown failure at Meta", RETRY, MESSAGE, _AGAIN, max_attempts=2, uncertain=True),
    _rule(131005, "Access denied", CONFIG, CHANNEL, _GRANT),
    _rule(131008, "Required parameter missing", PERMANENT, MESSAGE, _OUR_FAULT),
    _rule(131009, "Parameter value invalid", PERMANENT, MESSAGE, _OUR_FAULT),
    _rule(131014, "Document could not be fetched", RETRY, MESSAGE, _FILE, max_attempts=3, precludes_sending=True),
    _rule(131016, "Service unavailable", RETRY, MESSAGE, _AGAIN),
    _rule(131020, "Group error", PERMANENT, MESSAGE, _GROUPS),
    _rule(131021, "Recipient is the sender", PERMANENT, MESSAGE, "Use another number than the sending one."),
    _rule(
        131026,
        "Message undeliverable",
        UNREACHABLE,
        PERSON,
        "The number may have no WhatsApp, or an old version. Check it, or reach the customer another way.",
    ),
    _rule(
        131030,
        "Recipient not on the test number's list",
        CONFIG,
        PERSON,
        "A test number writes to five listed numbers only. Add this one in the app's settings, or go live.",
    ),
    _rule(131031, "Account locked", CONFIG, WABA, _QUALITY),
    _rule(
        131037,
        "Display name not approved",
        CONFIG,
        NUMBER,
        "Have the number's display name approved in WhatsApp Manager.",
    ),
    _rule(131041, "Group error", PERMANENT, MESSAGE, _GROUPS),
    _rule(131042, "Payment problem", CONFIG, WABA, _BILLING),
    _rule(131044, "Payment problem for calling", CONFIG, WABA, _BILLING),
    _rule(131045, "Number not registered", CONFIG, NUMBER, _REGISTER),
    _rule(
        131047,
        "More than 24 hours since the customer wrote",
        PERMANENT,
        MESSAGE,
        "Free text needs a message of the customer within 24 hours. Send an approved template instead.",
    ),
    _rule(131048, "Number limited for spam", CONFIG, NUMBER, _QUALITY),
    _rule(
        131049,
        "Withheld by Meta for this customer",
        UNREACHABLE,
        PERSON,
        "This customer gets too much marketing at present. Do not send it again today; better another way.",
        first_delay=timedelta(hours=24),
    ),
    _rule(
        131050,
        "Customer stopped marketing",
        UNREACHABLE,
        PERSON,
        "Send this customer no marketing; invoices and quotes as utility templates still arrive.",
    ),
    _rule(131051, "Message type not supported", PERMANENT, MESSAGE, _OUR_FAULT),
    _rule(
        131052,
        "Customer's file not downloadable",
        PERMANENT,
        MESSAGE,
        "Ask the customer to send the file again, below 100 MB.",
    ),
    _rule(131053, "Our file not accepted", RETRY, MESSAGE, _FILE, max_attempts=3, precludes_sending=True),
    _rule(131055, "Method not allowed", PERMANENT, MESSAGE, _OUR_FAULT),
    _rule(
        131056,
        "Too many messages to this customer",
        RETRY_LATER,
        PAIR,
        _WAIT,
        first_delay=timedelta(seconds=1),
    ),
    _rule(
        131057,
        "Number under maintenance",
        RETRY,
        NUMBER,
        _AGAIN,
        first_delay=timedelta(seconds=60),
        precludes_sending=True,
    ),
    _rule(131059, "Group error", PERMANENT, MESSAGE, _GROUPS),
    _rule(131062, "Phone number needed", PERMANENT, MESSAGE, "This template needs the customer's phone number."),
    _rule(
        131063,
        "Marketing templates disabled here",
        CONFIG,
        TEMPLATE,
        "Allow marketing templates for the account in WhatsApp Manager, or use a utility template.",
    ),
    _rule(
        131064,
        "Limited for misclassified templates",
        CONFIG,
        WABA,
        "Correct the category of the templates named in WhatsApp Manager; the limit ends by itself.",
    ),
)

_TEMPLATES = (
    _rule(132000, "Wrong number of template values", PERMANENT, MESSAGE, _TEMPLATE_VALUES),
    _rule(
        132001,
        "Template missing or not approved in this language",
        CONFIG,
        TEMPLATE,
        "Create the template in this language, or set the language it is approved in.",
    ),
    _rule(132005, "Filled template too long", PERMANENT, MESSAGE, "Shorten the values and send again."),
    _rule(
        132007,
        "Template violates a policy",
        CONFIG,
        TEMPLATE,
        "Change the template's text in WhatsApp Manager and have it approved again.",
    ),
    _rule(132008, "Template value invalid", PERMANENT, MESSAGE, _TEMPLATE_VALUES),
    _rule(132012, "Template value of the wrong kind", PERMANENT, MESSAGE, _TEMPLATE_VALUES),
    _rule(
        132015,
        "Template paused for low quality",
        CONFIG,
        TEMPLATE,
        "Wait until Meta lifts the pause, or choose another template; many customers blocked or reported it.",
    ),
    _rule(132016, "Template disabled for good", CONFIG, TEMPLATE, "Create a new template with a better text."),
    _rule(132018, "Template values not accepted", PERMANENT, MESSAGE, _TEMPLATE_VALUES),
    _rule(132068, "Flow blocked", CONFIG, TEMPLATE, _FLOW),
    _rule(132069, "Flow throttled", CONFIG, TEMPLATE, _FLOW),
)

_REGISTRATION = (
    _rule(133000, "Earlier deregistration incomplete", CONFIG, NUMBER, _REGISTER),
    _rule(133004, "Server temporarily unavailable", RETRY, MESSAGE, _AGAIN),
    _rule(133005, "Two-step PIN wrong", CONFIG, NUMBER, _VERIFY),
    _rule(133006, "Number must be verified again", CONFIG, NUMBER, _VERIFY),
    _rule(133008, "Too many PIN guesses", CONFIG, NUMBER, _VERIFY),
    _rule(133009, "PIN guessed too fast", CONFIG, NUMBER, _VERIFY),
    _rule(133010, "Number not registered", CONFIG, NUMBER, _REGISTER),
    _rule(133015, "Number deleted a moment ago", CONFIG, NUMBER, "Wait five minutes. " + _REGISTER),
    _rule(133016, "Registration attempts used up", CONFIG, NUMBER, "Wait before the next attempt. " + _REGISTER),
    _rule(134011, "Payment terms not accepted", CONFIG, WABA, "Accept the payment terms in WhatsApp Manager."),
    _rule(134100, "Only for the Marketing Messages API", PERMANENT, MESSAGE, _OUR_FAULT),
    _rule(
        134101,
        "Template still being synchronised",
        RETRY,
        TEMPLATE,
        _AGAIN,
        first_delay=timedelta(minutes=10),
        precludes_sending=True,
    ),
    _rule(
        134102,
        "Template unavailable for the Marketing Messages API",
        CONFIG,
        TEMPLATE,
        "Have the template checked in WhatsApp Manager.",
    ),
    _rule(135000, "Request failed for an unknown reason", RETRY, MESSAGE, _AGAIN, max_attempts=2),
    _rule(
        137000,
        "Customer's identity key changed",
        UNREACHABLE,
        PERSON,
        "Ask the customer to confirm who they are, then send again.",
    ),
)


def _by_code(rules: Iterable[ErrorRule]) -> Mapping[int, ErrorRule]:
    return MappingProxyType({rule.code: rule for rule in rules if rule.code is not None})


RULES: Mapping[int, ErrorRule] = _by_code((*_GENERAL, *_MESSAGING, *_TEMPLATES, *_REGISTRATION))

RANGES: tuple[tuple[range, ErrorRule], ...] = (
    (range(200, 300), _rule(None, "Permission missing", CONFIG, CHANNEL, _GRANT)),
    (range(131200, 131300), _rule(None, "Group error", PERMANENT, MESSAGE, _GROUPS)),
    (range(138000, 139000), _rule(None, "Calling error", PERMANENT, MESSAGE, _NO_MESSAGE)),
    (range(139000, 140000), _rule(None, "Flow or block list error", PERMANENT, MESSAGE, _NO_MESSAGE)),
    (range(147000, 148000), _rule(None, "Username error", PERMANENT, MESSAGE, _NO_MESSAGE)),
    (
        range(2388000, 2389000),
        _rule(None, "Template or number management error", PERMANENT, MESSAGE, _NO_MESSAGE),
    ),
    (range(2494000, 2495000), _rule(None, "Sign-up error", PERMANENT, MESSAGE, _NO_MESSAGE)),
    (range(2593000, 2594000), _rule(None, "Synchronisation error", PERMANENT, MESSAGE, _NO_MESSAGE)),
)

HTTP_429 = _rule(None, "Throttled", RETRY_LATER, NUMBER, _WAIT, first_delay=timedelta(minutes=1))
HTTP_5XX = _rule(None, "Meta's servers failed", RETRY, MESSAGE, _AGAIN, uncertain=True)
TRANSIENT = _rule(None, "Temporary error", RETRY, MESSAGE, _AGAIN)
UNKNOWN = _rule(
    None,
    "Error not known yet",
    PERMANENT,
    MESSAGE,
    "Meta refused the message for a reason this system does not know. Report the code to the operator.",
    alert=True,
)
