"""One episode as a timeline in three columns of time: when it happened, when it was reported, when we knew.

A row is one message, or that somebody was told. What an agency said before and has since said otherwise is not in the
register any more; the log has it (`homeward asof`). Differences are said in words. Nothing is shown here but what the
blocks of the line hold that this reader could open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consumers import RegisterLine
from deploy.moments import BRITAIN, clock
from deploy.views.words import agency_words, desk_words, field_words
from schemas.records import (
    Acknowledgement,
    ClaimedField,
    Disagreement,
    Means,
    NoticeKind,
    ReportedStatus,
    ReturnedTo,
    ToldSummary,
)

__all__ = ["Happening", "differences", "how_far", "timeline", "whom_to_ring"]

_SAID: Final = (
    ("death.", "recorded", None),
    ("returned.", "return", "to"),
    ("found.", "found", "place_kind"),
    ("prevention_interview.", "prevention interview", "outcome"),
    ("return_interview_offer.", "return interview offered", None),
    ("return_interview.", "return interview", "outcome"),
    ("strategy_decision.", "strategy decision", "decision"),
    ("placement_change.", "placement changed", "move"),
    ("return_arranged.", "return arranged", None),
    ("police.", "police answered", "decision"),
    ("risk.", "risk assessed", "grade"),
    ("sighting.", "sighting", "place"),
    ("ownership.", "handover", "step"),
    ("enquiry.", "enquiry", "result"),
    ("publicity.", "publicity", "decision"),
    ("support.", "support", None),
    ("exclusion.", "recipient excluded", None),
    ("claimed.", "says", "status"),
    ("care.", "care status", None),
    ("last_seen.", "reported missing", None),
    ("status", "reported", None),
)
"""What a message is called by the fields it brought, the first that fits; and the field that says more."""
_BACK: Final[Mapping[str, str]] = {
    ReturnedTo.HOME: "home again",
    ReturnedTo.PLACEMENT: "back at the placement",
    ReturnedTo.NEW_PLACEMENT: "at a new placement",
    ReturnedTo.AGREED_OTHER_ADDRESS: "at another address, as agreed",
    ReturnedTo.HOSPITAL: "in hospital",
    ReturnedTo.CUSTODY_OR_SECURE: "in custody or secure accommodation",
    ReturnedTo.ABROAD: "abroad",
    ReturnedTo.ADULT_SERVICES: "with adult services",
}
"""What a return says, by where to: not every child that is safe is home."""
_ONLY_WHICH_CHILD: Final = frozenset({"child_ref", "external_refs.child.agency", "external_refs.child.value"})
"""Fields of a message of which nothing else is open to the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One row: three times (aware UTC, None where nobody said), who, and what."""

    happened_at: datetime | None
    reported_at: datetime | None
    known_at: datetime | None
    who: str
    what: str

    def as_mapping(self) -> Mapping[str, Any]:
        """As `--json` prints it."""
        return {
            "happened_at": self.happened_at,
            "reported_at": self.reported_at,
            "known_at": self.known_at,
            "who": self.who,
            "what": self.what,
        }


def timeline(line: RegisterLine) -> tuple[Happening, ...]:
    """Every message and every telling that the line still holds, in the order in which we knew."""
    rows = [*_messages(line.claims), *_tellings(line.told)]
    return tuple(sorted(rows, key=lambda row: (str(row.known_at or row.happened_at), row.who, row.what)))


def differences(found: Iterable[Disagreement], now: datetime | None = None) -> tuple[str, ...]:
    """Where agencies differ, a sentence a field; a time of the day of `now` without its day."""
    return tuple(f"{field_words(each.field)}: {'; '.join(_said(each, now))}" for each in found)


def _said(found: Disagreement, now: datetime | None) -> Iterator[str]:
    """What each side says; of several records of one agency the further ones are called so."""
    heard: set[str] = set()
    for side in found.sides:
        again = ", in another record," if side.agency in heard else ""
        heard.add(side.agency)
        yield f"{agency_words(side.agency)}{again} says {_value(side.value, now)}"


def how_far(told: ToldSummary) -> str:
    """How far a telling got, in words."""
    if told.means is Means.TELEPHONE:
        return "to be telephoned" if told.told_at is None else "told by telephone"
    if told.layer is Acknowledgement.TAKEN:
        return "taken"
    return "opened" if told.layer is Acknowledgement.OPENED else "not opened yet"


def whom_to_ring(told: Sequence[ToldSummary]) -> tuple[ToldSummary, ...]:
    """Who is to be telephoned and has not been yet, each desk once."""
    found = {
        (each.recipient, each.desk): each for each in told if each.means is Means.TELEPHONE and each.told_at is None
    }
    return tuple(found.values())


def _messages(claims: Iterable[ClaimedField]) -> Iterator[Happening]:
    by_message: dict[str, list[ClaimedField]] = {}
    for claim in claims:
        by_message.setdefault(claim.message_id or f"{claim.agency}{claim.accepted_at}", []).append(claim)
    for said in by_message.values():
        first = said[0]
        yield Happening(
            happened_at=first.occurred_at,
            reported_at=first.recorded_at,
            known_at=first.accepted_at,
            who=agency_words(first.agency),
            what=_what({claim.field: claim.value for claim in said}),
        )


def _what(fields: Mapping[str, str]) -> str:
    if fields.get("status") == ReportedStatus.AWAY:
        return "reported away"
    if (words := _BACK.get(fields.get("returned.to", ""))) is not None:
        return words
    if fields.keys() <= _ONLY_WHICH_CHILD:
        return "a message about the child"
    for beginning, words, more in _SAID:
        if any(name.startswith(beginning) for name in fields):
            detail = fields.get(f"{beginning}{more}", "") if more else ""
            return f"{words}: {_value(detail)}" if detail else words
    return "more about the child" if len(fields) > 1 else f"{field_words(next(iter(fields)))}"


def _tellings(told: Iterable[ToldSummary]) -> Iterator[Happening]:
    for each in told:
        if each.told_at is not None:
            kind = {NoticeKind.WITHDRAWAL: "a withdrawal sent", NoticeKind.UPDATE: "an update sent"}.get(
                each.kind, "told"
            )
            desk = f" ({desk_words(each.desk)})" if each.desk else ""
            yield Happening(
                happened_at=None,
                reported_at=None,
                known_at=each.told_at,
                who="the hub",
                what=f"{kind}: {agency_words(each.recipient)}{desk}, {how_far(each)}",
            )


def _value(text: str, now: datetime | None = None) -> str:
    """A value as people read it: times in British local time, words without underscores."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text.replace("_", " ")
    if "T" not in text or at.tzinfo is None:
        return text
    return f"{clock(at, now)} ({at.astimezone(BRITAIN).tzname()})"
