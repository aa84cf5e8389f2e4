"""Expectations on who was told what: which seats, in which notices, in which classes, and what must not be told.

A seat is an agency, or a desk of it (`Rochdale/reviewing_team`). `told` holds if one notice to the seat fits all that
is said of one notice, and everything the seat was told fits what is said of all of it; `not_told` if nothing at all
was sent to it, or nothing of what is named. `told_only` is everybody who was told.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from hub.ids import AgencyId
from hub.routing.vocabulary import DUTY_DESK
from hub.scenario import told_rules
from hub.scenario.document import Part, Table, Word
from hub.scenario.field_names import notice_fields
from hub.scenario.known_words import purposes, rows
from hub.scenario.refusal import nearest_word
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.told_rules import Pair, Rule
from hub.scenario.wording import Reader, listed
from schemas.records import Ask, NoticeKind, PolicePosition, Urgency

_One = Callable[[Pair], bool]
_Seat = tuple[AgencyId, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is expected of a seat: of one notice, and of all of them. Each with the words it is written in."""

    seat: _Seat
    key: Word
    of_one: list[tuple[str, _One]] = field(default_factory=list)
    of_all: list[tuple[Word, Rule]] = field(default_factory=list)


ONE: Final = {
    "kind": "news, update or withdrawal",
    "ask": "action or information",
    "urgency": "now, soon or held_for_day",
    "purpose": "the purpose by which its fields were chosen",
    "row": "the row of the routing rules that entitles the seat",
    "police_position": "confirmed or unconfirmed",
    "due": "by when something is asked",
    "held_until": "from when what is held for the day is to be shown",
    "at": "when it was sent",
    "says": "text that stands in what happened",
    "asks": "text that stands in what is asked",
    "reads": "what happened, word for word",
    "withdraws": "names of fields that it withdraws",
}
"""Words of `told` about one notice."""
ALL: Final = {
    "classes": "exactly these classes of fields were told",
    "at_most": "no class but these was told",
    "fields": "these fields were told, by name",
    "without": "none of these fields was told",
    "values": "fields with what they say",
    "never": "none of these texts stands anywhere in what it was told",
    "times": "how many notices there are",
    "last": "what happened, word for word, in the last notice",
    "by_telephone": "told by somebody's telephone",
}
"""Words of `told` about everything that the seat was told."""
NOT: Final = {
    "classes": "no field of these classes",
    "fields": "none of these fields",
    "words": "none of these texts",
    "kind": "no notice of this kind",
    "ask": "nothing asked (action), or no information",
}
"""Words of `not_told`: what was not told, where something else was."""


def told_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of `told`."""
    for seat, details in _seats(part, reader):
        wanted = _wanted(seat, details, reader)
        yield Check(line=seat.line, run=_told_run(wanted, aim, reader))


def told_only_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The check of `told_only`: everybody who was told, and nobody else."""
    wanted = {_desk(*reader.seat(word)): word for word in reader.several(part)}

    def run(scene: Scene) -> Iterator[Difference]:
        found = {(AgencyId(notice.recipient), notice.desk) for _, notice in scene.notices(aim)}
        names = {seat: reader.seat_words(*seat) for seat in {*found, *wanted}}
        for seat in sorted(wanted.keys() - found):
            yield _difference(wanted[seat], scene, names[seat], "to have been told", "was told nothing")
        if extra := sorted(found - wanted.keys()):
            said = f"told as well: {listed(names[seat] for seat in extra)}"
            yield Difference(line=part.line, at=scene.at, what="told_only", expected="nobody else", found=said)

    yield Check(line=part.line, run=run)


def not_told_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of `not_told`."""
    for word, details in _seats(part, reader):
        seat = reader.seat(word)
        if details is None:
            yield Check(line=word.line, run=_silent_run(word, seat, aim, reader))
        else:
            yield from _nothing_of(seat, details, aim, reader)


def _silent_run(word: Word, seat: _Seat, aim: Aim, reader: Reader) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        if told := _to(seat, scene.notices(aim)):
            first = told[0][1]
            when = reader.words(told[0][0].at)
            found = f"it was told {len(told)} times, first {when}: {first.what_happened!r}"
            yield _difference(word, scene, reader.seat_words(*seat), "to be told nothing", found)

    return run


def _nothing_of(seat: _Seat, details: Table, aim: Aim, reader: Reader) -> Iterator[Check]:
    for key, value in details:
        match reader.known(key, NOT, "word of not_told"):
            case "classes":
                rule = told_rules.free_of_classes(reader.classes(value))
            case "fields":
                rule = told_rules.free_of_fields(reader.parts(value))
            case "words":
                rule = told_rules.free_of_texts([text.text for text in reader.several(value)])
            case "kind":
                rule = told_rules.free_of(reader.of_words(reader.word(value, "a kind"), NoticeKind), "kind")
            case _:
                rule = told_rules.free_of(reader.of_words(reader.word(value, "an ask"), Ask), "ask")
        yield Check(line=key.line, run=_rule_run(key, seat, rule, aim, reader))


def _rule_run(key: Word, seat: _Seat, rule: Rule, aim: Aim, reader: Reader) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        found = rule(_to(seat, scene.notices(aim)))
        if found is not None:
            yield _difference(key, scene, f"{reader.seat_words(*seat)}: {key.text}", "what is written", found)

    return run


def _wanted(word: Word, details: Table | None, reader: Reader) -> _Wanted:
    wanted = _Wanted(seat=reader.seat(word), key=word)
    for key, value in details or ():
        if key.text in ONE:
            wanted.of_one.append((_written(key, value), _one(key, value, reader)))
        elif key.text in ALL:
            wanted.of_all.append((key, _all(key, value, wanted.seat, reader)))
        else:
            known = [*ONE, *ALL]
            raise key.refused(f"{key.text!r} is no word of told", nearest_word(key.text, known))
    return wanted


def _told_run(wanted: _Wanted, aim: Aim, reader: Reader) -> Callable[[Scene], Iterator[Difference]]:
    name = reader.seat_words(*wanted.seat)

    def run(scene: Scene) -> Iterator[Difference]:
        notices = scene.notices(aim)
        told = _to(wanted.seat, notices)
        is_rung = any(key.text == "by_telephone" for key, _ in wanted.of_all)
        if not told and not is_rung:
            yield _difference(wanted.key, scene, name, "to have been told", _nothing_told(wanted.seat, notices, reader))
            return
        fitting = [pair for pair in told if all(fits(pair) for _, fits in wanted.of_one)]
        if wanted.of_one and not fitting:
            expected = ", ".join(words for words, _ in wanted.of_one)
            yield _difference(wanted.key, scene, name, f"a notice with {expected}", _nearest(wanted, told, reader))
        for key, rule in wanted.of_all:
            over = notices if key.text == "by_telephone" else told
            if (found := rule(over)) is not None:
                yield _difference(key, scene, f"{name}: {key.text}", "what is written", found)

    return run


def _nothing_told(seat: _Seat, notices: Iterable[Pair], reader: Reader) -> str:
    agency, desk = seat
    others = sorted({notice.desk for _, notice in notices if notice.recipient == agency})
    if others:
        return f"nothing was sent to its {desk or DUTY_DESK} desk, only to: {', '.join(others)}"
    everybody = sorted({reader.seat_words(notice.recipient, notice.desk) for _, notice in notices})
    return f"nothing was sent to it (told were: {listed(everybody)})"


def _nearest(wanted: _Wanted, told: Collection[Pair], reader: Reader) -> str:
    """The notice that fits best, and what of it does not."""
    sent, notice = max(told, key=lambda pair: sum(fits(pair) for _, fits in wanted.of_one))
    wrong = [words for words, fits in wanted.of_one if not fits((sent, notice))]
    due = f", due {reader.words(notice.due_at)}" if notice.due_at else ""
    asks = f" asking {notice.asked_of_you!r}" if notice.asked_of_you else ""
    return (
        f"of {len(told)} none fits; the nearest ({reader.words(sent.at)}: {notice.kind}, {notice.ask}, "
        f"{notice.urgency}, {notice.purpose}{due}, {notice.what_happened!r}{asks}) does not fit: {'; '.join(wrong)}"
    )


def _one(key: Word, value: Part, reader: Reader) -> _One:  # noqa: C901, PLR0911, PLR0912 - one case a word
    match key.text:
        case "kind":
            kind = reader.of_words(reader.word(value, "a kind"), NoticeKind)
            return lambda pair: pair[1].kind is kind
        case "ask":
            ask = reader.of_words(reader.word(value, "an ask"), Ask)
            return lambda pair: pair[1].ask is ask
        case "urgency":
            urgency = reader.of_words(reader.word(value, "an urgency"), Urgency)
            return lambda pair: pair[1].urgency is urgency
        case "police_position":
            position = reader.of_words(reader.word(value, "a position"), PolicePosition)
            return lambda pair: pair[1].police_position is position
        case "due":
            due = reader.value("time", value)
            return lambda pair: pair[1].due_at == due
        case "held_until":
            held = reader.value("time", value)
            return lambda pair: pair[1].not_before == held
        case "at":
            at = reader.value("time", value)
            return lambda pair: pair[0].at == at
        case "withdraws":
            names = set(reader.fields(value, notice_fields()))
            return lambda pair: names <= set(pair[1].withdrawn_fields)
        case "row":
            row = reader.known(reader.word(value, "the id of a row"), rows(), "row of the rules")
            return lambda pair: row in pair[0].owed.row.basis.split("; ")
        case "purpose":
            purpose = reader.known(reader.word(value, "a purpose"), purposes(), "purpose")
            return lambda pair: pair[1].purpose == purpose
        case "asks":
            asks = reader.word(value, "a text").text.lower()
            return lambda pair: asks in pair[1].asked_of_you.lower()
        case "reads":
            reads = reader.word(value, "a text").text
            return lambda pair: pair[1].what_happened == reads
        case _:
            says = reader.word(value, "a text").text.lower()
            return lambda pair: says in pair[1].what_happened.lower()


def _all(key: Word, value: Part, seat: _Seat, reader: Reader) -> Rule:  # noqa: PLR0911 - one case a word
    match key.text:
        case "classes":
            return told_rules.of_exactly(reader.classes(value))
        case "at_most":
            return told_rules.of_at_most(reader.classes(value))
        case "fields":
            return told_rules.with_fields(reader.fields(value, notice_fields()))
        case "without":
            return told_rules.free_of_fields(reader.parts(value))
        case "never":
            return told_rules.free_of_texts([text.text for text in reader.several(value)])
        case "values":
            return told_rules.holding({
                name.text: reader.field_text(name, reader.word(one, "a value"), notice_fields())
                for name, one in reader.table(value, "values")
            })  # fmt: skip
        case "times":
            number = reader.number(value)
            return lambda told: None if len(told) == number else f"there are {len(told)}"
        case "last":
            return told_rules.last_says(reader.word(value, "a text").text)
        case _:
            is_expected, desk = reader.answer(value), _desk(*seat)
            said = "nobody was asked to ring it" if is_expected else "somebody was asked to ring it"
            return lambda told: None if told_rules.is_rung(told, desk) == is_expected else said


def _to(seat: _Seat, notices: Iterable[Pair]) -> list[Pair]:
    agency, desk = seat
    return [pair for pair in notices if pair[1].recipient == agency and desk in (None, pair[1].desk)]


def _desk(agency: AgencyId, desk: str | None) -> tuple[AgencyId, str]:
    return agency, desk or DUTY_DESK


def _seats(part: Part, reader: Reader) -> Iterator[tuple[Word, Table | None]]:
    """Seats with what is said of each: a list of names, or a table of them."""
    if isinstance(part, Table):
        entries: Iterable[tuple[Word, Part | None]] = part.entries
    else:
        entries = []
        for item in reader.items(part):
            entries += list(item.entries) if isinstance(item, Table) else [(reader.word(item, "an agency"), None)]
    for word, details in entries:
        is_bare = details is None or (isinstance(details, Word) and details.is_nothing)
        yield word, None if is_bare else reader.table(details, word.text) if details is not None else None


def _written(key: Word, value: Part) -> str:
    return f"{key.text} {value.text}" if isinstance(value, Word) else key.text


def _difference(word: Word, scene: Scene, what: str, expected: str, found: str) -> Difference:
    return Difference(line=word.line, at=scene.at, what=what, expected=expected, found=found)
