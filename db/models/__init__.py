"""One file per noun; importing this package fills the metadata."""

from db.models.alarm import Alarm, CallbackEndpoint
from db.models.api_key import ApiKey
from db.models.app_secret import AppSecret
from db.models.audit import AuditLine
from db.models.auto_reply import AutoReply, AutoReplyRule
from db.models.base import Base
from db.models.channel import Channel, ChannelCheck, Pacing, PairPacing, TemplateHold
from db.models.contact import ConsentChange, Contact
from db.models.contact_lookup import ContactLookup, LookupEndpoint
from db.models.conversation import CannedResponse, Conversation, ConversationNote, ConversationSettings
from db.models.document import Document, DocumentTemplate, Template
from db.models.gateway import GatewaySession, GatewaySource, SessionEvent
from db.models.idempotency import IdempotencyKey
from db.models.inbox import Event, InboxQueueRow, InboxRow
from db.models.live_event import LiveEvent, LiveSequence
from db.models.live_listener import LivePresence, LiveTicket
from db.models.media import MediaFile
from db.models.message import Attempt, Message, OutboxRow, Receipt
from db.models.tenant import Tenant
from db.models.user import Invitation, LoginThrottle, User

__all__ = [
    "Alarm",
    "ApiKey",
    "AppSecret",
    "Attempt",
    "AuditLine",
    "AutoReply",
    "AutoReplyRule",
    "Base",
    "CallbackEndpoint",
    "CannedResponse",
    "Channel",
    "ChannelCheck",
    "ConsentChange",
    "Contact",
    "ContactLookup",
    "Conversation",
    "ConversationNote",
    "ConversationSettings",
    "Document",
    "DocumentTemplate",
    "Event",
    "GatewaySession",
    "GatewaySource",
    "IdempotencyKey",
    "InboxQueueRow",
    "InboxRow",
    "Invitation",
    "LiveEvent",
    "LivePresence",
    "LiveSequence",
    "LiveTicket",
    "LoginThrottle",
    "LookupEndpoint",
    "MediaFile",
    "Message",
    "OutboxRow",
    "Pacing",
    "PairPacing",
    "Receipt",
    "SessionEvent",
    "Template",
    "TemplateHold",
    "Tenant",
    "User",
]
