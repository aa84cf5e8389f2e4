"""A second, plain reading of which force has a case, to hold the first one against.

Written from the rules in prose, and not from the code: one walk through what was said and still stands, with the force
that has the case in hand and the others behind it, the next one first. It knows no messages and no times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TREATS: Final = frozenset({"reports", "claims", "amends", "records", "circulates", "finds", "proposes"})
"""Words that say by themselves that the child is missing, or was found."""
SUPPOSES: Final = frozenset({"grades", "grades no apparent", "appeals"})
"""Words that suppose a case, and fall with the reports of whoever says them."""
MILD: Final = frozenset({"grades no apparent", "answers"})
"""Words that take no denial back."""
DENIALS: Final = frozenset({"does not record", "is concerned"})


@dataclass
class Said:
    """What a force said, in the order accepted; and at which place it took that back, if it did."""

    force: str
    what: str
    taken_back: int | None = None


def still_said(story: Sequence[Said]) -> list[Said]:
    """What stands: neither what was taken back, nor a grade whose force had later taken all of its reports back."""
    return [
        one
        for place, one in enumerate(story)
        if one.taken_back is None and not (one.what in SUPPOSES and _has_lost_its_reports(story, place))
    ]


def _has_lost_its_reports(story: Sequence[Said], place: int) -> bool:
    """Whether at some time after this place its force had taken back the last report that it had made by then."""
    reports = [
        (at, other) for at, other in enumerate(story)
        if other.force == story[place].force and other.what in {"reports", "claims"}
    ]  # fmt: skip
    times = [other.taken_back for _, other in reports if other.taken_back is not None and other.taken_back > place]
    return any(all(other.taken_back is not None for at, other in reports if at < time) for time in times)


class _Hand:
    """The force that has the case in hand, and those behind it."""

    def __init__(self) -> None:
        self.has: str | None = None
        self.behind: list[str] = []
        self.denying: set[str] = set()
        self.gave: set[str] = set()

    def denies(self, force: str) -> None:
        """It drops out; whoever stands next has the case."""
        self.denying.add(force)
        if force == self.has:
            self.has = self.behind.pop(0) if self.behind else None
        elif force in self.behind:
            self.behind.remove(force)

    def accepts(self, force: str) -> None:
        """It has the case, and whoever had it stands next."""
        self.denying.discard(force)
        if force in self.behind:
            self.behind.remove(force)
        if self.has is not None and self.has != force:
            self.gave.add(self.has)
            self.behind.insert(0, self.has)
        self.has = force

    def treats(self, force: str) -> None:
        """It has the case if nobody has; otherwise it stands behind the others."""
        self.denying.discard(force)
        if self.has is None:
            self.has = force
        elif force != self.has and force not in self.behind:
            self.behind.append(force)


def plain_owner(story: Sequence[Said]) -> tuple[str | None, set[str]]:
    """The force that has the case, and those that ever gave it to another and have it no more."""
    hand = _Hand()
    for one in still_said(story):
        if one.what in DENIALS:
            hand.denies(one.force)
        elif one.what == "accepts":
            hand.accepts(one.force)
        elif one.what in TREATS | SUPPOSES | MILD and not (one.what in MILD and one.force in hand.denying):
            hand.treats(one.force)
    return hand.has, hand.gave - {hand.has or ""}
