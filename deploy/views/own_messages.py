"""What the hub has said to an agency about messages of its own that are about nothing it knows from it of that child.

From the notices in the agency's mailbox. What was settled since, or has been taken by somebody there, is left out; of a
notice that nobody has opened only its reference is shown. To which absence one belongs no notice says: it is shown with
the one that holds the sender's own report which stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consumers import RegisterLine
from deploy.views.duties import NEEDS_YOU, Acted, untaken
from deploy.views.words import reference_words
from hub.routing.unfound import PURPOSE
from schemas.records import Notice

__all__ = ["OwnMessage", "of_line", "own_messages"]

_ID: Final = "message.id"
_TYPE: Final = "message.type"
_STANDS: Final = "message.stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMessage:
    """One message that did nothing. `report` is the id of the sender's latest report of the child, if there is one."""

    episode: str
    """The id under which the hub answers it: of no absence."""
    message: str
    type: str
    report: str | None
    said: str
    asked: str
    told_at: datetime
    due_at: datetime | None
    is_opened: bool

    @property
    def reference(self) -> str:
        """What to say on the telephone."""
        return reference_words(self.episode)

    @property
    def words(self) -> str:
        """What is shown of it."""
        if not self.is_opened:
            return f"{NEEDS_YOU}: {self.reference}"
        return f"your {self.type} {self.message} ({self.reference}). {self.said} {self.asked}"

    def as_mapping(self) -> Mapping[str, Any]:
        """As `--json` prints it."""
        return {
            "reference": self.reference,
            "message_id": self.message if self.is_opened else None,
            "said": self.words,
            "told_at": self.told_at,
            "due_at": self.due_at,
        }


def own_messages(notices: Iterable[Notice], acted: Mapping[str, Acted]) -> tuple[OwnMessage, ...]:
    """Those that nobody has seen to, in the order told; `acted` is what somebody there did about which notice."""
    found = [_own_message(notice, acted) for notice in untaken(notices, acted) if notice.purpose == PURPOSE]
    return tuple(sorted(found, key=lambda one: (one.told_at, one.message)))


def of_line(own: Iterable[OwnMessage], line: RegisterLine) -> tuple[OwnMessage, ...]:
    """Those among them whose sender's report is one of this absence."""
    said = {claim.message_id for claim in line.claims}
    return tuple(one for one in own if one.report in said)


def _own_message(notice: Notice, acted: Mapping[str, Acted]) -> OwnMessage:
    fields = {field.name: field.value for field in notice.fields}
    return OwnMessage(
        episode=notice.episode_id,
        message=fields[_ID],
        type=fields[_TYPE],
        report=fields[_STANDS].rpartition(" ")[2] if _STANDS in fields else None,
        said=notice.what_happened,
        asked=notice.asked_of_you,
        told_at=notice.issued_at,
        due_at=notice.due_at,
        is_opened=notice.notice_id in acted,
    )
