"""Everything that can go wrong on the reading side, as one tree under `HomewardError`.

    HomewardError
    └── ConsumerError
        ├── ProfileRefused       the profile is missing, incomplete or unsafe
        ├── HubNotReachable      the broker cannot be reached or does not let us in
        │   ├── CertificateEnded our own certificate has ended
        │   ├── NotAMember       it can, and refuses this agency: not let in yet, or revoked
        │   └── NoGrant          it can, and the register is not open to this agency
        ├── MailboxBusy          another program of the agency reads the mailbox now
        ├── MemoryInUse          another process has the inbox's memory open
        ├── MemoryUnusable       the inbox's memory cannot be read or written
        └── ReadingEnded         the task that reads has ended: nothing shown is current any more

Messages say what, where and what to do; never a value from a notice or the register.
"""

from pathlib import Path

from hub.certificates import KEPT_OUT, OwnCertificateEnded, ShutOut
from schemas.errors import HomewardError

__all__ = [
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
]


class ConsumerError(HomewardError):
    """Something between the hub and the program that reads."""


class ProfileRefused(ConsumerError):
    """A profile that cannot be used; `where` names the file or the key in it."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        """Keep the parts and say them in one line."""
        self.where = where
        self.what = what
        self.remedy = remedy
        super().__init__(f"profile {where}: {what}; {remedy}")


class HubNotReachable(ConsumerError):
    """The broker cannot be reached, or a topic may not be read with this certificate."""

    def __init__(self, bootstrap_servers: str, what: str) -> None:
        """Keep the parts; the message asks the two questions that mostly solve it."""
        self.bootstrap_servers = bootstrap_servers
        self.what = what
        super().__init__(
            f"cannot read from {bootstrap_servers}: {what}; "
            "is the hub running, and does the directory list this agency?"
        )


class CertificateEnded(HubNotReachable, OwnCertificateEnded):
    """The broker lets nobody in with this agency's certificate: it has ended. The hub may well be there."""

    def __init__(self, bootstrap_servers: str, ended: str) -> None:
        """Keep the parts; `ended` says when, and what to do."""
        super().__init__(bootstrap_servers, ended)
        self.args = (f"cannot read from {bootstrap_servers}: {ended}",)


class NotAMember(HubNotReachable, ShutOut):
    """The broker answers, and this agency may not read its own mailbox: it was not let in yet, or it was revoked."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Keep the parts and say whom to ask."""
        super().__init__(bootstrap_servers, KEPT_OUT)
        self.args = (KEPT_OUT,)


class NoGrant(HubNotReachable):
    """The broker answers, and this agency may not read the register."""

    def __init__(self, bootstrap_servers: str, agency: str) -> None:
        """Keep the parts and say who gives a grant."""
        super().__init__(bootstrap_servers, "the register may not be read")
        self.agency = agency
        remedy = f"homeward agency approve {agency} --by NAME --register-area CODE"
        said = f"the register may not be read by {agency}: it has no grant. Two people at the hub give one: {remedy}"
        self.args = (said,)


class MailboxBusy(ConsumerError):
    """The mailbox's one share belongs to another program of this agency."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "another program of this agency reads the mailbox now, so nothing comes here; "
            "ask it, stop it, or wait with this one until it stops"
        )


class MemoryInUse(ConsumerError):
    """Another process reads this mailbox with the same memory file."""

    def __init__(self, file: Path) -> None:
        """Keep the file and say what to do."""
        self.file = file
        super().__init__(
            f"{file} is in use by another process; close it, or give this one a memory and a signing key of its own"
        )


class MemoryUnusable(ConsumerError):
    """The file in which a mailbox reader remembers: no space, read-only, damaged, or closed already."""

    def __init__(self, file: Path, what: str) -> None:
        """Keep the parts and say what to do."""
        self.file = file
        self.what = what
        super().__init__(
            f"the inbox's memory {file} cannot be used ({what}); make room, or see who may write there; "
            "where it is damaged, move it away and begin with a new one"
        )


class ReadingEnded(ConsumerError):
    """The task that reads a topic has ended; what is held is not kept up any more."""

    def __init__(self, topics: str, *, is_refused: bool = False) -> None:
        """Name the topics; the cause is chained. `is_refused`: the broker does not let us read them any more."""
        self.topics = topics
        self.is_refused = is_refused
        remedy = (
            "this agency may not read it any more: was its grant taken back? Ask the hub"
            if is_refused
            else "close this view and open it again"
        )
        super().__init__(f"reading of {topics} has ended, and what was shown is not kept up; {remedy}")
