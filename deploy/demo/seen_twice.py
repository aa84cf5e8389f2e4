"""What people would read twice: opened notices that say one thing, to one desk, for one cause, under two ids.

The books look at ids in headers and cannot see this: the id of a notice holds a digest of what it says, so a re-run
that worked out other words would put a second page for the same thing beside the first, each under an id of its own,
and each named by a `Told`. Only who opens an inbox sees that both are one.

A desk is rightly sent several notices by one cause where they are about different things: calls to different people,
different duties, different fields withdrawn. What they are about is therefore looked at too, and nothing else of what
they say.
"""

from dataclasses import dataclass, field
from typing import Final

from schemas.records import Notice

_TELEPHONE: Final = "telephone"
_DUTY: Final = "duty"


@dataclass(slots=True)
class SeenTwice:
    """Keeps every notice that was opened by what it is, and the ids of those that are a second one of it."""

    ids: list[str] = field(default_factory=list)
    _known: dict[tuple[object, ...], str] = field(default_factory=dict)

    def note(self, notice: Notice) -> None:
        """An opened notice; the same id again is dropped by every reader, and is nothing."""
        first = self._known.setdefault(_what(notice), notice.notice_id)
        if notice.notice_id not in {first, *self.ids}:
            self.ids.append(notice.notice_id)


def _what(notice: Notice) -> tuple[object, ...]:
    return (
        notice.episode_id,
        notice.recipient,
        notice.desk,
        notice.kind,
        notice.cause,
        notice.purpose,
        notice.withdrawn_fields,
        notice.asked_of_you if notice.purpose == _TELEPHONE else None,
        tuple((each.name, each.value) for each in notice.fields) if notice.purpose == _DUTY else None,
    )
