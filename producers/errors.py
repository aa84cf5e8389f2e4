"""Everything that can go wrong on the sending side, as one tree under `HomewardError`.

    HomewardError
    ├── OutboxError
    │   ├── OutboxInUse             another process has it open
    │   ├── OutboxKeyRefused        its local key is missing, too widely readable, or not the one it was written with
    │   ├── OutboxRestored          it is older than what was already sent from it
    │   └── OutboxUnwritable        the disk is full or read-only: nothing was accepted
    └── PublisherError
        ├── ProfileRefused          the profile is missing, incomplete or unsafe
        ├── MessageTooLarge         more than one message may hold
        ├── NotYetConnected         the first start needs the hub once
        │   └── CertificateEnded    and cannot have it: our own certificate has ended
        ├── NoReceiptYet            the hub has not answered in time; the message is safe
        ├── PublisherClosed         its block has ended: nothing is sent with it any more
        └── Rejected                the hub refused, with every reason

Messages say what, where, what was expected and what to do; never a value from a report.
"""

from collections.abc import Sequence
from pathlib import Path

from hub.certificates import OwnCertificateEnded
from schemas.errors import HomewardError
from schemas.records import Finding

__all__ = [
    "CertificateEnded",
    "MessageTooLarge",
    "NoReceiptYet",
    "NotYetConnected",
    "OutboxError",
    "OutboxInUse",
    "OutboxKeyRefused",
    "OutboxRestored",
    "OutboxUnwritable",
    "ProfileRefused",
    "PublisherClosed",
    "PublisherError",
    "Rejected",
    "findings_table",
]


class OutboxError(HomewardError):
    """The outbox cannot be used; `path` says which."""

    def __init__(self, path: Path, what: str, remedy: str) -> None:
        """Keep the parts and say them in one line."""
        self.path = path
        self.what = what
        self.remedy = remedy
        super().__init__(f"outbox {path}: {what}; {remedy}")


class OutboxInUse(OutboxError):
    """Another process has this outbox open; two senders would break its sequence."""


class OutboxKeyRefused(OutboxError):
    """The local key that protects waiting reports is missing, readable by others, or another one."""


class OutboxRestored(OutboxError):
    """The outbox is older than its own mark: a restored backup would sign other words under used numbers."""


class OutboxUnwritable(OutboxError):
    """The outbox could not be written: what was being sent is not safe, and the caller must know."""


class PublisherError(HomewardError):
    """Something between the agency's program and the hub."""


class ProfileRefused(PublisherError):
    """A profile that cannot be used; `where` names the file or the key in it."""

    def __init__(self, *, where: str, what: str, remedy: str) -> None:
        """Keep the parts and say them in one line."""
        self.where = where
        self.what = what
        self.remedy = remedy
        super().__init__(f"profile {where}: {what}; {remedy}")


class MessageTooLarge(PublisherError):
    """A record that no single message can carry."""

    def __init__(self, *, record_type: str, size: int, limit: int) -> None:
        """Keep the parts and say them in one line (sizes in bytes)."""
        self.record_type = record_type
        self.size = size
        self.limit = limit
        super().__init__(
            f"{record_type} is {size} bytes, a message holds {limit}; shorten its free text and send it again"
        )


class NotYetConnected(PublisherError):
    """Nothing is cached yet, so the first start needs the hub."""


class CertificateEnded(NotYetConnected, OwnCertificateEnded):
    """Nothing is cached yet, and this agency's certificate has ended. The hub may well be there."""


class NoReceiptYet(PublisherError):
    """The hub has not answered in time. The message is durable and will be sent or sent again."""

    def __init__(
        self, *, record_type: str, message_id: str, seconds: float, durable_at: str, hindrance: str | None = None
    ) -> None:
        """Keep the parts and say them in one line; `hindrance` is what on this side keeps it from the hub."""
        self.message_id = message_id
        self.durable_at = durable_at
        self.hindrance = hindrance
        goes_on = "goes on by itself: wait again" if hindrance is None else f"waits: {hindrance}"
        super().__init__(
            f"no receipt for {record_type} {message_id} within {seconds:g} s; it is safe ({durable_at}) and {goes_on}, "
            "and if it is urgent, ring the police (999, or 101) and whoever else must know"
        )


class PublisherClosed(PublisherError):
    """The publisher's block has ended. What was kept goes on when the outbox is opened next."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "this publisher is closed: nothing is kept, sent or answered through it any more; open the outbox again "
            "(what it holds goes out then)"
        )


class Rejected(PublisherError):
    """The hub refused a message. `findings` are all of its reasons; nothing was routed."""

    def __init__(
        self,
        *,
        record_type: str,
        message_id: str,
        agency: str,
        agency_name: str,
        key_id: str,
        findings: Sequence[Finding],
    ) -> None:
        """Keep the parts and lay the reasons out as a table: field, rule, remedy."""
        self.record_type = record_type
        self.message_id = message_id
        self.agency = agency
        self.key_id = key_id
        self.findings = tuple(findings)
        head = f"refused: {record_type} {message_id} from {agency} ({agency_name}), key {key_id}"
        tail = (
            "nothing was routed; the bytes are kept in quarantine for 14 days. "
            "Your outbox keeps the report: put right what is named and send it again."
        )
        super().__init__("\n".join((head, *findings_table(self.findings), tail)))


def findings_table(findings: Sequence[Finding]) -> list[str]:
    """Findings as aligned lines: field, rule, remedy."""
    field = max((len(finding.field) for finding in findings), default=0)
    rule = max((len(finding.rule) for finding in findings), default=0)
    return [f"  {finding.field:<{field}}  {finding.rule:<{rule}}  {finding.remedy}".rstrip() for finding in findings]
