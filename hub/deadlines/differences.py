"""From what the duty to settle a difference counts: where agencies say different things, and each could look it up.

Three kinds: what a message raised by itself; what the fold asks about (when an absence began or ended, a report or a
return that nobody made), one each; and who the child is (names, birth, sex, numbers) where standing claims differ, all
of it together, because one look at a file settles it. Only fields that any side may know are among the last: a side of
a narrower class must not show by a duty that there is one. A difference that a correction settled is a base no longer.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.model import Base
from hub.deadlines.rows import DeadlineRule
from hub.entry.disagreements import FieldDisagreement, disagreements
from hub.entry.golden import golden_rules, latest_claims
from hub.entry.kept import kept_of_child
from hub.entry.protection import protection
from hub.entry.statements import statements
from hub.event import Event
from hub.ids import AgencyId, EventId
from schemas.records import DisagreementFound, Disclosure, FindingState

Bases = Iterable[Base]
_WHO_THE_CHILD_IS: Final = "person."
_OPEN_TO_BOTH: Final = frozenset({Disclosure.ROUTING, Disclosure.IDENTITY})


def _difference(case: Case, _: DeadlineRule) -> Iterator[Base]:
    """Each field that agencies disagree about, as raised; what the fold asks about, since it could be seen."""
    raised: dict[str, tuple[Event, DisagreementFound]] = {}
    for found, open_body in case.of(DisagreementFound):
        if open_body.state is FindingState.OPEN:
            raised.setdefault(open_body.field, (found, open_body))
    for field, (event, body) in raised.items():
        sides = tuple(dict.fromkeys(AgencyId(side.agency) for side in body.sides))
        yield Base(event=event.id, at=min(body.since, event.accepted_at), about=field, agencies=sides)
    for field, question in {question.field: question for question in reversed(case.episode.questions)}.items():
        said = [known for each in question.events if (known := case.event(each)) is not None]
        if field not in raised and said:
            seen = sorted(said, key=lambda event: (event.accepted_at, event.id))
            second = seen[min(1, len(seen) - 1)]
            sides = tuple(dict.fromkeys(event.sender for event in seen))
            yield Base(event=second.id, at=second.accepted_at, about=field, agencies=sides)
    yield from _who_the_child_is(case, raised.keys())


def _who_the_child_is(case: Case, raised: Iterable[str]) -> Iterator[Base]:
    differ = [each for each in _differing(case) if each.field not in raised]
    if not differ:
        return
    first = min(differ, key=lambda each: (each.since, each.field))
    by = min((side for side in first.sides if side.accepted_at == first.since), key=lambda side: side.event)
    yield Base(
        event=EventId(by.event),
        at=first.since,
        about=", ".join(sorted({each.field for each in differ})),
        agencies=tuple(sorted({side.sender for each in differ for side in each.sides})),
    )


def _differing(case: Case) -> list[FieldDisagreement]:
    """Differences about who the child is, open to both sides; between agencies, not within one."""
    standing = case.episode.standing
    describing = {event.sender for event in standing if getattr(event.body, "person", None) is not None}
    if len(describing) < 2:  # noqa: PLR2004 - two sides
        return []
    rules = golden_rules()
    said = protection().applied(statements(standing, rules.subjects), kept_of_child(case.child.state))
    claims = latest_claims(said, rules)
    return [
        found
        for found in disagreements(claims, rules)
        if found.field.startswith(_WHO_THE_CHILD_IS) and found.disclosure in _OPEN_TO_BOTH
    ]


BASES: Final[dict[str, Callable[[Case, DeadlineRule], Bases]]] = {"difference_found": _difference}
"""Words for the bases that stand here."""
