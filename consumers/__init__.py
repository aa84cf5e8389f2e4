"""What an agency, or a downstream service with a grant, reads with: its inbox, and the shared register kept live.

`Inbox` and `RegisterView` for programs with an event loop, `BlockingInbox` and `BlockingRegisterView` for scripts.
"""

from consumers.acknowledgements import AcknowledgementSender
from consumers.blocking import BlockingInbox, BlockingRegisterView
from consumers.connection import Connection
from consumers.directory_view import DirectoryView
from consumers.errors import (
    CertificateEnded,
    ConsumerError,
    HubNotReachable,
    MailboxBusy,
    MemoryInUse,
    MemoryUnusable,
    NoGrant,
    NotAMember,
    ProfileRefused,
    ReadingEnded,
)
from consumers.inbox import Inbox
from consumers.notice import InboxAlert, InboxItem, InboxNotice, InboxReceipt
from consumers.reader import Reader, read_profile
from consumers.register_line import RegisterLine
from consumers.register_view import RegisterView
from consumers.tail import Freshness

__all__ = [
    "AcknowledgementSender",
    "BlockingInbox",
    "BlockingRegisterView",
    "CertificateEnded",
    "Connection",
    "ConsumerError",
    "DirectoryView",
    "Freshness",
    "HubNotReachable",
    "Inbox",
    "InboxAlert",
    "InboxItem",
    "InboxNotice",
    "InboxReceipt",
    "MailboxBusy",
    "MemoryInUse",
    "MemoryUnusable",
    "NoGrant",
    "NotAMember",
    "ProfileRefused",
    "Reader",
    "ReadingEnded",
    "RegisterLine",
    "RegisterView",
    "read_profile",
]
