"""Expectations on delivery: how far what an agency was sent came, who is asked to ring whom, who was told so."""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hub.delivery import Call, Proof, Stage, calls, proofs
from hub.ids import AgencyId
from hub.scenario.document import Part, Table, Word
from hub.scenario.refusal import nearest_word
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.wording import Reader, listed

DELIVERY_WORDS: Final = {
    "stage": "stored, fetched, told_by_telephone, opened or taken",
    "opened": "when somebody opened it",
    "taken": "when somebody took it",
    "by": "who opened or took it",
    "role": "in which role",
    "delegated": "yes, where a team said so that acts for the recipient",
    "until": "by when whoever took it means to have acted",
}
"""Words of `delivery`, about the first notice to the seat that asks for something, or the first of all."""


def delivery_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of `delivery`."""
    for name, details in reader.table(part, "delivery"):
        seat = reader.seat(name)
        for key, value in _details(details):
            if key.text not in DELIVERY_WORDS:
                raise key.refused(f"{key.text!r} is no word of delivery", nearest_word(key.text, DELIVERY_WORDS))
            yield Check(line=key.line, run=_delivery_run(name, seat, key, _expected(key, value, reader), aim, reader))


def _details(details: Part) -> Table:
    if isinstance(details, Table):
        return details
    if isinstance(details, Word):
        return Table(details.file, details.line, ((Word(details.file, details.line, "stage"), details),))
    raise details.refused("how far it came: a stage, or a table")


def _expected(key: Word, value: Part, reader: Reader) -> object:
    match key.text:
        case "stage":
            return reader.of_words(reader.word(value, "a stage"), Stage)
        case "opened" | "taken" | "until":
            return reader.value("time", value)
        case "by":
            return reader.value("agency", value)
        case "delegated":
            return reader.answer(value)
        case _:
            return reader.word(value, "a role").text


def _delivery_run(
    name: Word, seat: tuple[AgencyId, str | None], key: Word, wanted: object, aim: Aim, reader: Reader
) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        proof = _first(seat, scene, aim)
        if proof is None:
            yield _difference(name, scene, reader.seat_words(*seat), "a notice to follow", "it was sent none")
            return
        found = _of(proof, key.text)
        if found != wanted:
            what = f"{reader.seat_words(*seat)}: {key.text}"
            yield _difference(key, scene, what, reader.words(wanted), f"it is {reader.words(found)}")

    return run


def _of(proof: Proof, word: str) -> object:
    layer = proof.taken or proof.opened
    found: dict[str, object] = {
        "stage": proof.stage,
        "opened": proof.opened.at if proof.opened else None,
        "taken": proof.taken.at if proof.taken else None,
        "by": layer.by if layer else None,
        "role": layer.role if layer else None,
        "delegated": layer.is_delegated if layer else False,
        "until": proof.taken_until,
    }
    return found[word]


def _first(seat: tuple[AgencyId, str | None], scene: Scene, aim: Aim) -> Proof | None:
    """The proof of the seat's first action, otherwise of its first notice."""
    agency, desk = seat
    wanted = {notice.notice_id for _, notice in scene.notices(aim)}
    found = [
        proof
        for state in scene.states(aim)
        for proof in proofs(state, scene.hub.directory).values()
        if proof.recipient == agency and desk in (None, proof.desk) and proof.notice in wanted
    ]
    return min(found, key=lambda proof: (str(proof.ask) != "action", proof.stored_at, proof.notice), default=None)


def telephone_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of `telephone`: each owner is asked to ring all of these."""
    for owner, whom in reader.table(part, "telephone"):
        for word in reader.several(whom):
            yield Check(line=word.line, run=_telephone_run(reader.agency(owner), reader.seat(word), word, aim, reader))


def _telephone_run(
    owner: AgencyId, seat: tuple[AgencyId, str | None], word: Word, aim: Aim, reader: Reader
) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        found = list(_calls(scene, aim))
        if any(call.asked_of == owner and _is_seat(call, seat) for call in found):
            return
        said = listed(
            sorted({f"{scene.agencies.name(each.asked_of)} rings {reader.seat_words(*each.seat)}" for each in found})
        )
        expected = f"{scene.agencies.name(owner)} to be asked to ring {reader.seat_words(*seat)}"
        yield _difference(word, scene, "telephone", expected, f"asked was: {said}")

    return run


def told_by_telephone_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of `told_by_telephone`: somebody was asked to ring them, and has."""
    for word in reader.several(part):
        yield Check(line=word.line, run=_rung_run(reader.seat(word), word, aim, reader))


def _rung_run(
    seat: tuple[AgencyId, str | None], word: Word, aim: Aim, reader: Reader
) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        found = [call for call in _calls(scene, aim) if _is_seat(call, seat)]
        if not any(call.answered for call in found):
            said = "nobody was asked to ring them" if not found else "nobody has rung them yet"
            yield _difference(word, scene, reader.seat_words(*seat), "to be shown as told by telephone", said)

    return run


def _calls(scene: Scene, aim: Aim) -> Iterable[Call]:
    ids = {episode.id for _, episode in scene.episodes(aim)}
    return (call for state in scene.states(aim) for call in calls(state) if call.episode in ids)


def _is_seat(call: Call, seat: tuple[AgencyId, str | None]) -> bool:
    agency, desk = seat
    return call.seat[0] == agency and desk in (None, call.seat[1])


def _difference(word: Word, scene: Scene, what: str, expected: str, found: str) -> Difference:
    return Difference(line=word.line, at=scene.at, what=what, expected=expected, found=found)
