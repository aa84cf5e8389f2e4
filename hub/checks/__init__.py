"""What a message leaves out or leaves doubtful: gaps that are asked for, flags that go along. Never a refusal.

A report about a missing child is accepted whatever it says. What is found names the field, the rule and the remedy,
never the value, and goes back to the sender in the receipt. A gap is something to be sent later; a flag something to
be looked at. The findings are a function of the message, the sender's directory entry and the accepted time.
"""

from datetime import datetime
from itertools import chain
from typing import Final

from hub.checks.changes import change_findings
from hub.checks.codes import code_findings
from hub.checks.fields import leaves_of
from hub.checks.gaps import gap_findings
from hub.checks.hostile_text import text_findings
from hub.checks.senders import sender_findings
from hub.checks.times import lies_ahead, time_findings
from schemas.records import AgencyMessage, DirectoryEntry, Finding, Record

__all__ = ["content_findings", "lies_ahead"]

_MOST: Final = 90
"""Findings in one receipt; those of reading and of the chain come on top, and a receipt holds 100."""


def content_findings(record: Record, sender: DirectoryEntry, accepted_at: datetime) -> tuple[Finding, ...]:
    """Everything to be asked or pointed out about one message, gaps first; empty for an acknowledgement."""
    if not isinstance(record, AgencyMessage):
        return ()
    leaves = leaves_of(record)
    found = chain(
        gap_findings(record),
        change_findings(record),
        time_findings(record, leaves, accepted_at),
        code_findings(record, leaves),
        sender_findings(record, sender),
        text_findings(leaves),
    )
    return tuple(dict.fromkeys(found))[:_MOST]
