"""One entry of `expect` as checks: at what moment, about which child and absence, and what must hold."""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from hub.deadlines import packaged_deadline_rules
from hub.scenario.count_checks import count_check, measure_checks, receipt_checks
from hub.scenario.delivery_checks import delivery_checks, telephone_checks, told_by_telephone_checks
from hub.scenario.document import Part, Table, Word
from hub.scenario.due_checks import due_checks, never_raised_checks, not_due_checks
from hub.scenario.model import Expectation
from hub.scenario.refusal import nearest_word
from hub.scenario.register_checks import register_checks
from hub.scenario.saying import Labels
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.told_checks import not_told_checks, told_checks, told_only_checks
from hub.scenario.what_if import same_for_checks
from hub.scenario.wording import Reader

KEYS: Final = {
    "at": "when it must hold, in local time; after everything that happens by then. Without it, at the end",
    "child": "which child; needed for what is about one child where the file has several",
    "episode": "which of its absences, counted from 1 by when they began; the only one, if it is left out",
    "since": "from when on notices and what the clock raised are looked at; the beginning, if it is left out",
    "why": "the sentence that it stands for; shown with what differs",
}
"""Keys of an expectation beside what must hold."""
PARTS: Final = {
    "register": "the absence as the register has it: a table of words and fields",
    "told": "who was told, and in which notices: a table of agencies, or a list of them",
    "told_only": "everybody who was told: a list of agencies and desks",
    "not_told": "who was told nothing, or nothing of what is named",
    "due": "what is owed: a table of duties, each with its due time or more",
    "not_due": "duties that nobody owes now",
    "never_raised": "duties that the clock has never raised",
    "episodes": "how many absences of the child the register has",
    "counted_episodes": "how many of them count: cancelled ones do not",
    "children": "as how many children the hub files what is said of this one",
    "reviews": "how many pairs of claims were put before a reviewer",
    "notices": "how many notices were sent",
    "telephone": "who is asked to ring whom: a table of owners, each with a list",
    "told_by_telephone": "who was told by telephone, and so shown: a list",
    "delivery": "how far what each was sent came: stored, fetched, opened, taken or told_by_telephone",
    "receipt": "what the hub answered to a message: a table of names of messages",
    "measures": "figures over every child of the file",
    "same_for": "agencies that receive the very same, whatever a message said instead",
}
"""What an expectation may hold."""
_COUNTS: Final = ("episodes", "counted_episodes", "children", "reviews", "notices")


def expectation_of(part: Table, at: datetime, reader: Reader, children: tuple[str, ...], labels: Labels) -> Expectation:
    """One expectation. Raises ScenarioRefused for a word nobody knows."""
    for key, _ in part:
        if key.text not in KEYS and key.text not in PARTS:
            raise key.refused(f"{key.text!r} is nothing to expect", nearest_word(key.text, {*KEYS, *PARTS}))
    aim = _aim(part, reader, children)
    checks = [check for key, value in part if key.text in PARTS for check in _checks(key, value, aim, reader, labels)]
    if not checks:
        raise part.refused(f"an expectation needs something that must hold: {', '.join(PARTS)}")
    if aim.episode is not None and part.get("register") is None:
        checks.insert(0, _is_there(part.get("episode") or part, aim))
    why = part.get("why")
    return Expectation(
        line=part.line, at=at, checks=tuple(checks), why=reader.word(why, "a sentence").text if why else ""
    )


def _is_there(part: Part, aim: Aim) -> Check:
    """The absence that is named exists: of one that does not, everything that must not be would hold."""

    def run(scene: Scene) -> Iterator[Difference]:
        if isinstance(found := scene.meant(aim), str):
            yield Difference(line=part.line, at=scene.at, what=f"episode {aim.episode}", expected="it", found=found)

    return Check(line=part.line, run=run)


def _aim(part: Table, reader: Reader, children: tuple[str, ...]) -> Aim:
    child, episode, since = part.get("child"), part.get("episode"), part.get("since")
    name = reader.known(reader.word(child, "a child"), children, "child of this file") if child else None
    if name is None and len(children) == 1:
        name = children[0]
    if name is None and part.get("register") is not None:
        raise part.refused(f"say which child: {', '.join(children)}")
    return Aim(
        child=name,
        episode=reader.number(episode) if episode else None,
        since=reader.moment(reader.word(since, "a time")) if since else None,
    )


def _checks(key: Word, value: Part, aim: Aim, reader: Reader, labels: Labels) -> Iterator[Check]:
    if key.text in _COUNTS:
        yield count_check(key, value, aim, reader)
        return
    duties = {row.duty for row in packaged_deadline_rules().rows}
    simple: dict[str, Callable[[Part, Aim, Reader], Iterator[Check]]] = {
        "register": register_checks,
        "told": told_checks,
        "told_only": told_only_checks,
        "not_told": not_told_checks,
        "telephone": telephone_checks,
        "told_by_telephone": told_by_telephone_checks,
        "delivery": delivery_checks,
        "measures": measure_checks,
    }
    if key.text in simple:
        yield from simple[key.text](value, aim, reader)
        return
    match key.text:
        case "due":
            yield from due_checks(value, aim, reader, duties)
        case "not_due":
            yield from not_due_checks(value, aim, reader, duties)
        case "never_raised":
            yield from never_raised_checks(value, aim, reader, duties)
        case "receipt":
            yield from receipt_checks(value, reader, labels)
        case _:
            yield from same_for_checks(value, aim, reader, labels)
