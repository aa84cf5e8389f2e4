"""What an agency sends with: a publisher that keeps every report on the agency's own disk until the hub answers.

`Publisher` for programs with an event loop, `BlockingPublisher` for scripts. What can go wrong is a tree of its own,
drawn in `producers.errors`.
"""

from producers.blocking import BlockingPublisher, BlockingSent
from producers.connection import Connection
from producers.directory_reader import DirectoryReader
from producers.errors import (
    CertificateEnded,
    MessageTooLarge,
    NoReceiptYet,
    NotYetConnected,
    OutboxError,
    OutboxInUse,
    OutboxKeyRefused,
    OutboxRestored,
    OutboxUnwritable,
    ProfileRefused,
    PublisherClosed,
    PublisherError,
    Rejected,
)
from producers.installation import Installation
from producers.outbox_rows import Counts, RefusedRow
from producers.profile import profile_path, read_installation
from producers.publisher import Publisher
from producers.sent import Sent, SentReceipt

__all__ = [
    "BlockingPublisher",
    "BlockingSent",
    "CertificateEnded",
    "Connection",
    "Counts",
    "DirectoryReader",
    "Installation",
    "MessageTooLarge",
    "NoReceiptYet",
    "NotYetConnected",
    "OutboxError",
    "OutboxInUse",
    "OutboxKeyRefused",
    "OutboxRestored",
    "OutboxUnwritable",
    "ProfileRefused",
    "Publisher",
    "PublisherClosed",
    "PublisherError",
    "RefusedRow",
    "Rejected",
    "Sent",
    "SentReceipt",
    "profile_path",
    "read_installation",
]
