"""A second, plain and slow reading of where absences begin and end, to hold the fold against.

Written from the rules in prose and not from the code: no sweep, no marks; every question is asked of the whole list
anew. It knows reports with a last-seen, and returns by those who may end an absence; times are plain numbers (minutes).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReport:
    """A report: its name and sender, when the child was last seen, whether at home, when the sender knew of it."""

    name: str
    sender: str
    seen: int
    at_home: bool
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReturn:
    """A confirmed return: its name, who says so, when."""

    name: str
    sender: str
    when: int


@dataclass(slots=True, kw_only=True)
class PlainAbsence:
    """What the model says of one absence. `began` is None where nobody reported it."""

    reports: set[str] = field(default_factory=set)
    returns: set[str] = field(default_factory=set)
    began: int | None = None
    ended: int | None = None
    ended_before: int | None = None


def plain_absences(reports: Sequence[PlainReport], returns: Sequence[PlainReturn]) -> list[PlainAbsence]:
    """The absences, first to last."""
    groups = _by_returns_before(reports, returns)
    pieces: list[tuple[list[PlainReport], PlainReturn | None, int | None]] = []
    for group, ending in groups:
        parts = _cut_by_implied_returns(group)
        for place, part in enumerate(parts):
            if place + 1 < len(parts):
                pieces.append((part, None, min(report.seen for report in parts[place + 1])))
            else:
                pieces.append((part, ending, None))
    found: list[tuple[list[PlainReport], list[PlainReturn], int | None]] = []
    for part, ending, before in pieces:
        if not part and ending is not None and found and _same_return(ending, found[-1]):
            found[-1][1].append(ending)
        elif part or ending is not None:
            found.append((part, [ending] if ending is not None else [], before))
    _to_nearest(found)
    result = []
    over: int | None = None
    for part, endings, before in found:
        ended = endings[0].when if endings else None
        result.append(
            PlainAbsence(
                reports={report.name for report in part},
                returns={ending.name for ending in endings},
                began=_start(part, over),
                ended=ended,
                ended_before=before,
            )
        )
        over = ended if ended is not None else before
    return result


def _by_returns_before(
    reports: Sequence[PlainReport], returns: Sequence[PlainReturn]
) -> list[tuple[list[PlainReport], PlainReturn | None]]:
    """Reports sorted by how many returns lie at or before their last-seen, each group with the return that ends it."""
    in_order = sorted(returns, key=lambda each: (each.when, each.name))
    groups: list[tuple[list[PlainReport], PlainReturn | None]] = []
    for place in range(len(in_order) + 1):
        group = [report for report in reports if sum(each.when <= report.seen for each in in_order) == place]
        groups.append((group, in_order[place] if place < len(in_order) else None))
    return groups


def _cut_by_implied_returns(group: Sequence[PlainReport]) -> list[list[PlainReport]]:
    """A child at home after somebody knew it away must have come back in between."""
    in_order = sorted(group, key=lambda report: (report.seen, report.name))
    for place in count(1):
        if place >= len(in_order):
            return [in_order]
        report = in_order[place]
        if report.at_home and any(other.known < report.seen for other in in_order[:place]):
            return [in_order[:place], *_cut_by_implied_returns(in_order[place:])]
    raise AssertionError


def _same_return(later: PlainReturn, before: tuple[list[PlainReport], list[PlainReturn], int | None]) -> bool:
    """Half an hour after; or from another agency within six hours, or within three days if that one reported it."""
    reports, told, _ = before
    if not told:
        return False
    gap = later.when - told[0].when
    if gap <= 30:
        return True
    if any(each.sender == later.sender for each in told):
        return False
    return gap <= (72 * 60 if any(report.sender == later.sender for report in reports) else 6 * 60)


def _to_nearest(found: list[tuple[list[PlainReport], list[PlainReturn], int | None]]) -> None:
    """A report known only when the next absence had begun belongs to whichever began nearer to its last-seen."""
    firm = []
    for part, endings, before in found:
        over = endings[0].when if endings else before
        prompt = [report.seen for report in part if over is None or report.known <= over]
        firm.append(max(prompt) if prompt else min((r.seen for r in part), default=endings[0].when if endings else 0))
    for place in range(len(found) - 1):
        mine, next_ones = found[place][0], found[place + 1][0]
        for report in list(mine):
            overlaps = report.known >= firm[place + 1]
            if overlaps and abs(report.seen - firm[place + 1]) < abs(report.seen - firm[place]):
                mine.remove(report)
                next_ones.append(report)


def _start(part: Sequence[PlainReport], over: int | None) -> int | None:
    """The latest last-seen, of those after the absence before and before anybody else knew the child away."""
    if not part:
        return None
    after = [report for report in part if over is None or report.seen >= over]
    firm = [r for r in after if not any(o is not r and o.known < r.seen for o in part)]
    if firm:
        return max(report.seen for report in firm)
    start = min(report.seen for report in (after or part))
    return start if over is None else max(start, over)
