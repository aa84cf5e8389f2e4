"""What an agency, or a downstream service with a grant, reads with: its inbox, and the shared register kept live.

`Inbox` and `RegisterView` for programs with an event loop, `BlockingInbox` and `BlockingRegisterView` for scripts. What
a name here stands for is read when it is first asked for: a command that needs none of it starts in half the time.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "acknowledgements": ("AcknowledgementSender",),
    "blocking": ("BlockingInbox", "BlockingRegisterView"),
    "connection": ("Connection",),
    "directory_view": ("DirectoryView",),
    "errors": (
        "CertificateEnded",
        "ConsumerError",
        "HubNotReachable",
        "MailboxBusy",
        "MemoryInUse",
        "MemoryUnusable",
        "NoGrant",
        "NotAMember",
        "ProfileRefused",
        "ReadingEnded",
    ),
    "inbox": ("Inbox",),
    "notice": ("InboxAlert", "InboxItem", "InboxNotice", "InboxReceipt"),
    "reader": ("Reader", "read_profile"),
    "register_line": ("RegisterLine",),
    "register_view": ("RegisterView",),
    "tail": ("Freshness",),
}
_MODULES: Final = {name: module for module, names in _NAMES.items() for name in names}

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """What stands under a name of `__all__` (PEP 562)."""
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found


def __dir__() -> list[str]:
    """Every name, read already or not."""
    return sorted({*globals(), *__all__})
