"""Expectations that count: absences, children, reviews, notices, measures; and what the hub answered to a message."""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from hub.deadlines import Deadline
from hub.episode.model import Episode
from hub.episode.times import happened_at
from hub.receipts import outcome_of
from hub.scenario.document import Part, Table, Word
from hub.scenario.field_names import message_fields, without_places
from hub.scenario.refusal import nearest_word, no_message
from hub.scenario.saying import Labels
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.wording import Reader, listed
from schemas.records import (
    FindingKind,
    InterviewOutcome,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReceiptOutcome,
    ReturnInterviewRecorded,
)

_INTERVIEW: Final = "return_interview"
_DECLINED: Final = "interview_declined_by_child"
_HELD: Final = InterviewOutcome.HELD
_COUNTS: Final[dict[str, Callable[[Scene, Aim], int]]] = {
    "episodes": lambda scene, aim: len(scene.episodes(aim)),
    "counted_episodes": lambda scene, aim: sum(episode.is_counted for _, episode in scene.episodes(aim)),
    "children": lambda scene, aim: len(scene.states(aim)),
    "reviews": lambda scene, _: len(scene.hub.reviews) + len(scene.hub.withheld),
    "notices": lambda scene, aim: len(scene.notices(aim)),
}
MEASURES: Final[dict[str, str]] = {
    "episodes": "absences that count",
    "children": "children with an absence that counts",
    "return_interviews_held": "absences whose return interview was held, one interview counting for each it covers",
    "return_interviews_held_in_time": "of these, those within the time with pauses counted",
    "return_interviews_declined_by_child": "absences whose child declined, and was not heard after all",
    "prevention_interviews_held": "absences after which police held the prevention interview",
    "never_reported": "absences that nobody reported before the child was found",
    "deaths": "absences that ended in a death",
}
"""Figures over every child of the file, cancelled absences left out."""
RECEIPT_WORDS: Final = {
    "outcome": "accepted or accepted_with_gaps",
    "gaps": "the fields that the sender is asked for",
    "flags": "the fields that are kept and marked",
}
"""Words of `receipt`."""


def count_check(key: Word, value: Part, aim: Aim, reader: Reader) -> Check:
    """The check of one number."""
    wanted, count = reader.number(value), _COUNTS[key.text]

    def run(scene: Scene) -> Iterator[Difference]:
        if (found := count(scene, aim)) != wanted:
            yield _difference(key, scene, key.text, str(wanted), f"there are {found}")

    return Check(line=key.line, run=run)


def measure_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of `measures`."""
    del aim
    for key, value in reader.table(part, "measures"):
        if key.text not in MEASURES:
            raise key.refused(f"{key.text!r} is no measure", nearest_word(key.text, MEASURES))
        yield Check(line=key.line, run=_measure_run(key, reader.number(value)))


def _measure_run(key: Word, wanted: int) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        if (found := measure(scene, key.text)) != wanted:
            yield _difference(key, scene, f"measure {key.text}", str(wanted), f"it is {found}")

    return run


def measure(scene: Scene, name: str) -> int:
    """One figure over every child of the file."""
    counted = [(state, episode) for state, episode in scene.episodes(Aim(child=None)) if episode.is_counted]
    interviews = [_interview(scene, episode) for _, episode in counted]
    held = [at for one, (_, episode) in zip(interviews, counted, strict=True) if (at := _held(one, episode))]
    figures: dict[str, Callable[[], int]] = {
        "episodes": lambda: len(counted),
        "children": lambda: len({state.child for state, _ in counted}),
        "return_interviews_held": lambda: len(held),
        "return_interviews_held_in_time": lambda: sum(at <= due for at, due in held),
        "return_interviews_declined_by_child": lambda: sum(
            one is not None and one.closed_because == _DECLINED and _held(one, episode) is None
            for one, (_, episode) in zip(interviews, counted, strict=True)
        ),
        "prevention_interviews_held": lambda: sum(_was_seen(episode) for _, episode in counted),
        "never_reported": lambda: sum(episode.never_reported for _, episode in counted),
        "deaths": lambda: sum(episode.deceased for _, episode in counted),
    }
    return figures[name]()


def _interview(scene: Scene, episode: Episode) -> Deadline | None:
    return next(
        (one for one in scene.hub.deadlines(episode.child) if one.duty == _INTERVIEW and one.episode == episode.id),
        None,
    )


def _held(interview: Deadline | None, episode: Episode) -> tuple[datetime, datetime] | None:
    """When the return interview was held, and by when it was due; one held after all by a child that had declined."""
    if interview is None or interview.closed_at is None:
        return None
    if interview.closed_because == "interview_held":
        return interview.closed_at, interview.due_at
    told = [happened_at(event) for event, body in episode.of(ReturnInterviewRecorded) if body.outcome is _HELD]
    later = [at for at in told if interview.closed_because == _DECLINED and at >= interview.closed_at]
    return (min(later), interview.due_at) if later else None


def _was_seen(episode: Episode) -> bool:
    return any(body.outcome is PreventionOutcome.HELD for _, body in episode.of(PreventionInterviewRecorded))


def receipt_checks(part: Part, reader: Reader, labels: Labels) -> Iterator[Check]:
    """The checks of `receipt`: what the hub answered to messages that have a name."""
    for name, details in reader.table(part, "receipt"):
        if name.text not in labels.ids:
            raise name.refused(*no_message(name.text, labels.ids))
        for key, value in _details(details):
            if key.text not in RECEIPT_WORDS:
                raise key.refused(f"{key.text!r} is no word of a receipt", nearest_word(key.text, RECEIPT_WORDS))
            is_outcome = key.text == "outcome"
            wanted = (
                {str(reader.of_words(reader.word(value, "an outcome"), ReceiptOutcome))}
                if is_outcome
                else {_asked_for(word) for word in reader.several(value)}
            )
            yield Check(line=key.line, run=_receipt_run(name, key, wanted, labels))


def _details(details: Part) -> Table:
    if isinstance(details, Word):
        return Table(details.file, details.line, ((Word(details.file, details.line, "outcome"), details),))
    if isinstance(details, Table):
        return details
    raise details.refused("an answer is an outcome, or a table: outcome, gaps, flags")


def _asked_for(word: Word) -> str:
    if without_places(word.text) not in message_fields():
        reason = f"no message has a field {word.text!r}"
        raise word.refused(reason, nearest_word(without_places(word.text), message_fields()))
    return word.text


def _receipt_run(name: Word, key: Word, wanted: set[str], labels: Labels) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        heard = scene.heard.get(labels.ids[name.text])
        if heard is None:
            yield _difference(name, scene, name.text, "to have been sent by now", "it was not")
            return
        if key.text == "outcome":
            found = {str(outcome_of(heard.findings))}
        else:
            kind = FindingKind.GAP if key.text == "gaps" else FindingKind.FLAG
            found = {finding.field for finding in heard.findings if finding.kind is kind}
        if found != wanted:
            said = f"they are {listed(sorted(found))}" if key.text != "outcome" else f"it is {listed(found)}"
            yield _difference(key, scene, f"receipt of {name.text}: {key.text}", listed(sorted(wanted)), said)

    return run


def _difference(word: Word, scene: Scene, what: str, expected: str, found: str) -> Difference:
    return Difference(line=word.line, at=scene.at, what=what, expected=expected, found=found)
