"""Expectations on what is owed: each duty with its due time, raw and paused, by whom, and how it stands.

The deadlines are computed from what the hub knows at the moment of the expectation; what the clock has raised by then
is read from the log. A duty whose condition lies ahead (still missing at 72 h) is there only from that time on.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.deadlines import Deadline, Oddity, Outcome, due_stage
from hub.ids import EpisodeId
from hub.scenario.document import Part, Table, Word
from hub.scenario.known_words import closing_words
from hub.scenario.refusal import nearest_word
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.wording import Reader, listed
from schemas.records import DeadlineRaised, DeadlineStage

DUE_WORDS: Final = {
    "due": "by when, pauses counted",
    "raw": "by when, without pauses",
    "by": "who owes it",
    "outcome": "open, met, met_late or withdrawn",
    "closed": "when it was met or withdrawn",
    "because": "the word of the rules that closed it",
    "counts_from": "the moment from which it counts",
    "stage": "soon, due or overdue at this moment; none before",
    "raised": "the stages that the clock has raised by now",
    "paused": "the stretches in which it did not run: `Thu 14 May 20:00 to Fri 15 May 08:00`",
    "about": "what it is about, where an absence has several of its kind",
    "flags": "what is odd: closed_before_base, before_absence, stated_ahead, several_returns, ended_unseen, tried",
    "source": "text that stands in its source",
}
"""Words of `due`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    key: Word
    words: str
    of: Callable[[Deadline, Scene], object]
    value: object


def due_checks(part: Part, aim: Aim, reader: Reader, duties: Collection[str]) -> Iterator[Check]:
    """The checks of `due`: for each duty named, one deadline fits all that is said of it."""
    for name, details in _duties(part, reader, duties):
        if details is not None and _is_none(details):
            yield Check(line=name.line, run=_gone_run(name, aim, reader))
            continue
        wanted = tuple(_wanted(key, value, reader) for key, value in details or ())
        yield Check(line=name.line, run=_due_run(name, wanted, aim, reader))


def _is_none(details: Table) -> bool:
    """True for `duty: none`: nobody owes it, and nothing says that anybody did."""
    return any(key.text == "due" and isinstance(value, Word) and value.is_nothing for key, value in details)


def _gone_run(name: Word, aim: Aim, reader: Reader) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        for one in deadlines_meant(scene, aim):
            if one.duty == name.text and one.outcome is not Outcome.WITHDRAWN:
                said = f"it is {one.outcome}, due {reader.words(one.due_at)}"
                yield _difference(name, scene, name.text, "to be withdrawn, or never to have been owed", said)
                return

    return run


def not_due_checks(part: Part, aim: Aim, reader: Reader, duties: Collection[str]) -> Iterator[Check]:
    """The checks of `not_due`: none of these is open now."""
    for name, _ in _duties(part, reader, duties):
        yield Check(line=name.line, run=_not_due_run(name, aim, reader))


def never_raised_checks(part: Part, aim: Aim, reader: Reader, duties: Collection[str]) -> Iterator[Check]:
    """The checks of `never_raised`: the clock has raised none of these since the moment that `since` names."""
    for name, _ in _duties(part, reader, duties):
        yield Check(line=name.line, run=_never_raised_run(name, aim, reader))


def deadlines_meant(scene: Scene, aim: Aim) -> tuple[Deadline, ...]:
    """The deadlines of what is meant that exist by now; a ladder's steps are no duties of anybody's."""
    ids = {episode.id for _, episode in scene.episodes(aim)}
    if aim.episode is not None:
        meant = scene.meant(aim)
        ids = set() if isinstance(meant, str) else {meant[1].id}
    return tuple(
        deadline
        for state in scene.states(aim)
        for deadline in scene.hub.deadlines(state.child)
        if deadline.episode in ids and deadline.known_at <= scene.at
    )


def raised(scene: Scene, aim: Aim) -> Iterator[tuple[datetime, DeadlineRaised]]:
    """What the clock raised of what is meant, with when, in order."""
    for state in scene.states(aim):
        ids = {episode.id for _, episode in scene.episodes(aim)}
        for event in state.events:
            body = event.body
            if not isinstance(body, DeadlineRaised) or (aim.since is not None and event.accepted_at < aim.since):
                continue
            named = EpisodeId(body.episode_id)
            if state.superseded.get(named, named) in ids:
                yield event.accepted_at, body


def _due_run(
    name: Word, wanted: tuple[_Wanted, ...], aim: Aim, reader: Reader
) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        found = [deadline for deadline in deadlines_meant(scene, aim) if deadline.duty == name.text]
        if not found:
            others = sorted({deadline.duty for deadline in deadlines_meant(scene, aim)})
            yield _difference(name, scene, name.text, "it to be owed", f"it is not (there are: {listed(others)})")
            return
        best = max(found, key=lambda deadline: sum(each.of(deadline, scene) == each.value for each in wanted))
        for each in wanted:
            value = each.of(best, scene)
            if value != each.value:
                among = f" (the nearest of {len(found)})" if len(found) > 1 else ""
                said = f"it is {reader.words(value)}{among}"
                yield _difference(each.key, scene, f"{name.text}: {each.key.text}", each.words, said)

    return run


def _not_due_run(name: Word, aim: Aim, reader: Reader) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        found = [one for one in deadlines_meant(scene, aim) if one.duty == name.text and one.outcome is Outcome.OPEN]
        for deadline in found[:1]:
            who = listed(reader.agencies.name(agency) for agency in deadline.owed_by)
            said = f"it is owed by {who}, due {reader.words(deadline.due_at)}"
            yield _difference(name, scene, name.text, "not to be owed", said)

    return run


def _never_raised_run(name: Word, aim: Aim, reader: Reader) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        found = [(at, body) for at, body in raised(scene, aim) if body.duty == name.text]
        for at, body in found[:1]:
            said = f"the clock raised it {reader.words(at)} ({body.stage})"
            yield _difference(name, scene, name.text, "never to be raised", said)

    return run


def _wanted(key: Word, value: Part, reader: Reader) -> _Wanted:  # noqa: C901 - one case a word
    if key.text not in DUE_WORDS:
        raise key.refused(f"{key.text!r} is no word of a duty", nearest_word(key.text, DUE_WORDS))
    match key.text:
        case "due" | "raw" | "closed" | "counts_from":
            expected: object = reader.value("time", value)
            attribute = {"due": "due_at", "raw": "raw_due_at", "closed": "closed_at", "counts_from": "base_at"}
            of: Callable[[Deadline, Scene], object] = _attribute(attribute[key.text])
        case "by":
            expected, of = reader.value("agencies", value), lambda deadline, _: set(deadline.owed_by)
        case "outcome":
            expected, of = reader.of_words(reader.word(value, "an outcome"), Outcome), _attribute("outcome")
        case "stage":
            expected, of = reader.value(DeadlineStage, value), lambda deadline, scene: due_stage(deadline, scene.at)
        case "raised":
            expected, of = reader.value((DeadlineStage,), value), _raised_stages
        case "flags":
            expected = {reader.of_words(word, Oddity) for word in reader.several(value)}
            of = _flags
        case "paused":
            expected = {_stretch(item, reader) for item in reader.items(value)}
            of = _pauses
        case "source":
            text = reader.word(value, "a text").text
            expected, of = True, lambda deadline, _: text.lower() in deadline.source.lower()
        case "because":
            word = reader.word(value, "a word of the rules")
            is_none = word.is_nothing
            expected = None if is_none else reader.known(word, closing_words(), "word that closes a duty")
            of = _attribute("closed_because")
        case _:
            expected, of = reader.value("text", value), _attribute("about")
    words = value.text if isinstance(value, Word) else reader.words(expected)
    return _Wanted(key=key, words=words, of=of, value=expected)


def _attribute(name: str) -> Callable[[Deadline, Scene], object]:
    return lambda deadline, _: getattr(deadline, name)


def _raised_stages(deadline: Deadline, scene: Scene) -> object:
    return {
        str(body.stage)
        for at, body in raised(scene, Aim(child=None))
        if body.duty == deadline.duty and body.episode_id == deadline.episode and at <= scene.at
        and body.due_at == deadline.due_at
    }  # fmt: skip


def _flags(deadline: Deadline, _: Scene) -> object:
    return set(deadline.oddities)


def _pauses(deadline: Deadline, _: Scene) -> object:
    return {(pause.began, pause.ended) for pause in deadline.pauses}


def _stretch(item: Part, reader: Reader) -> tuple[datetime, datetime | None]:
    word = reader.word(item, "a stretch: Thu 14 May 20:00 to Fri 08:00")
    began, separator, ended = word.text.partition(" to ")
    start = reader.moment(Word(word.file, word.line, began.strip()))
    is_open = not separator or ended.strip() in ("now", "open")
    end = None if is_open else reader.clock.moment(Word(word.file, word.line, ended.strip()), start)
    return start, end


def _duties(part: Part, reader: Reader, duties: Collection[str]) -> Iterator[tuple[Word, Table | None]]:
    if isinstance(part, Table):
        entries: Iterable[tuple[Word, Part | None]] = part.entries
    else:
        entries = []
        for item in reader.items(part):
            entries += list(item.entries) if isinstance(item, Table) else [(reader.word(item, "a duty"), None)]
    for name, details in entries:
        if name.text not in duties:
            raise name.refused(f"no duty is called {name.text!r}", nearest_word(name.text, duties))
        is_bare = details is None or (isinstance(details, Word) and not details.text)
        yield name, None if is_bare or details is None else _details(details, reader, name)


def _details(details: Part, reader: Reader, name: Word) -> Table:
    """What is said of a duty; one time alone is its due time."""
    if isinstance(details, Word):
        return Table(details.file, details.line, ((Word(details.file, details.line, "due"), details),))
    return reader.table(details, name.text)


def _difference(word: Word, scene: Scene, what: str, expected: str, found: str) -> Difference:
    return Difference(line=word.line, at=scene.at, what=what, expected=expected, found=found)
