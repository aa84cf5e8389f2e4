"""Whether a sender normally says such a thing: a flag, never a ground for refusing it.

Which kinds of agency send which message is data: `sent_by` of the message's schema. Whom a sender acts for is in its
directory entry (one out-of-hours team may serve several councils; it signs with its own key and names whom it acts
for).
"""

from collections.abc import Iterator
from functools import cache

from schemas.records import AgencyKind, AgencyMessage, DirectoryEntry, Finding, FindingKind
from schemas.sources import sources


@cache
def kinds_that_send(record_type: str) -> frozenset[AgencyKind]:
    """The kinds of agency that normally send a message of this type."""
    return frozenset(AgencyKind(kind) for kind in sources()[record_type]["sent_by"])


def sender_findings(record: AgencyMessage, sender: DirectoryEntry) -> Iterator[Finding]:
    """What is odd about who sends this."""
    if sender.kind not in kinds_that_send(record.SCHEMA_NAME):
        yield Finding(
            field="ce_type",
            rule=f"{record.SCHEMA_NAME} is not normally sent by an agency of kind {sender.kind.value}",
            remedy="nothing, if you mean it: it was accepted, and is shown as said by you",
            kind=FindingKind.FLAG,
        )
    acts_for = {agency for row in sender.duty for agency in row.acts_for}
    if record.on_behalf_of not in {None, sender.agency_id, *acts_for}:
        yield Finding(
            field="on_behalf_of",
            rule="names an agency that the directory does not say you act for",
            remedy="ask the hub's operators to add it to your duty rows; counted as said by you until then",
            kind=FindingKind.FLAG,
        )
