"""Expectations on the register: status, beginning, end, phases, roles, risk, claims, questions, any field of the view.

Each word of the table below is one question to the fold or to the view; a word with a dot is a field of the view by
its name in the schemas. What is expected is read when the file is, so times are local times and agencies their names.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hub.entry.episode_facts import episode_facts
from hub.entry.view import view
from hub.episode import repeat_count
from hub.episode.model import OPEN, ChildState, Episode, QuestionKind, Return
from hub.scenario.document import Part, Row, Word
from hub.scenario.field_names import view_fields
from hub.scenario.refusal import nearest_word
from hub.scenario.register_tables import TABLE_WORDS, table_check
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.wording import Reader
from schemas.records import (
    CancelReason,
    Disclosure,
    EpisodeStatus,
    LegalBasis,
    MayBeTold,
    Nation,
    Nature,
    PhaseKind,
    PlaceKind,
    PlacementKind,
    PoliceDecision,
    PolicePosition,
    ReturnedTo,
    RiskGrade,
    SeenBy,
)

_PHASES: Final = {
    "m": PhaseKind.MISSING,
    "a": PhaseKind.AWAY,
    "missing": PhaseKind.MISSING,
    "away": PhaseKind.AWAY,
    "located": PhaseKind.LOCATED,
}
_DAYS: Final = 90


class _Handover(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWord:
    """One word of `register`: how what stands behind it is read, and what the hub says to it.

    `kind` is `time`, `agency`, `agencies`, `number`, `answer`, `duration`, `text`, a vocabulary, or (a vocabulary,)
    for several of its words.
    """

    kind: object
    get: Callable[[ChildState, Episode], object]
    meaning: str


def _return(episode: Episode) -> Return | None:
    """What the child is back by; where it is in hospital, in custody or abroad, what brought it there."""
    return episode.came_from_elsewhere or episode.returned


REGISTER_WORDS: Final[dict[str, RegisterWord]] = {
    "status": RegisterWord(
        kind=EpisodeStatus, get=lambda s, e: episode_facts(s, e).status,
        meaning="the golden status of the absence; in hospital, custody or abroad the child is located"),
    "began": RegisterWord(kind="time", get=lambda _, e: e.began_at, meaning="when it began"),
    "began_known": RegisterWord(
        kind="answer", get=lambda _, e: e.start_is_known, meaning="whether anybody knows when the child was last seen"),
    "ended": RegisterWord(
        kind="time", get=lambda s, e: episode_facts(s, e).ended_at, meaning="the confirmed end; none while open"),
    "ended_before": RegisterWord(
        kind="time", get=lambda _, e: e.ended_before, meaning="where a return is only implied: before when"),
    "police_position": RegisterWord(
        kind=PolicePosition, get=lambda _, e: e.police_position, meaning="whether a force has answered"),
    "police_confirmed": RegisterWord(
        kind="time", get=lambda _, e: e.police.confirmed_at, meaning="when the first answer of a force was accepted"),
    "police_decision": RegisterWord(
        kind=PoliceDecision, get=lambda _, e: e.police.decision, meaning="what police made of the report"),
    "police_reference": RegisterWord(
        kind="text", get=lambda _, e: e.police.reference, meaning="the force's own reference"),
    "risk": RegisterWord(kind=RiskGrade, get=lambda _, e: e.risk.grade, meaning="the grade of police"),
    "risk_treated_as": RegisterWord(
        kind=RiskGrade, get=lambda _, e: e.risk.treated_as, meaning="the grade that the hub goes by"),
    "risk_challenged": RegisterWord(
        kind="answer", get=lambda _, e: bool(e.risk.challenged_by), meaning="whether somebody's view lies above it"),
    "senders": RegisterWord(
        kind="agencies", get=lambda _, e: {r.agency for r in e.reports if not r.is_cancelled},
        meaning="who reports the absence"),
    "reports": RegisterWord(
        kind="number", get=lambda _, e: sum(not r.is_cancelled for r in e.reports), meaning="standing reports"),
    "last_reporting_delay": RegisterWord(
        kind="duration", get=lambda _, e: _delay(e), meaning="of the last report: accepted after its last-seen"),
    "responsible": RegisterWord(
        kind="agency", get=lambda _, e: e.authorities.responsible, meaning="the responsible authority"),
    "holder": RegisterWord(
        kind="agency", get=lambda _, e: e.authorities.holder, meaning="the authority that holds the clocks"),
    "disputed": RegisterWord(
        kind="answer", get=lambda _, e: e.authorities.is_disputed, meaning="whether the responsibility is disputed"),
    "host": RegisterWord(kind="agency", get=lambda _, e: e.authorities.host, meaning="the host authority"),
    "section_47": RegisterWord(
        kind="agency", get=lambda _, e: e.authorities.section_47, meaning="who holds the duty to enquire"),
    "plan_holding": RegisterWord(
        kind="agencies", get=lambda _, e: set(e.authorities.plan_holding), meaning="who holds a protection plan"),
    "owning_force": RegisterWord(kind="agency", get=lambda _, e: e.forces.owning, meaning="the force with the case"),
    "forces": RegisterWord(
        kind="agencies", get=lambda _, e: set(e.forces.involved), meaning="every force that sent something"),
    "nation": RegisterWord(kind=Nation, get=lambda _, e: e.nation, meaning="whose rules hold"),
    "nature": RegisterWord(kind=Nature, get=lambda _, e: e.nature, meaning="how the child came to be missing"),
    "legal_basis": RegisterWord(
        kind=LegalBasis, get=lambda _, e: e.legal_basis, meaning="on what a child was held that walked out"),
    "expected_by": RegisterWord(kind="time", get=lambda _, e: e.expected_by, meaning="when the child should be back"),
    "placement": RegisterWord(
        kind="agency", get=lambda _, e: e.placement.provider if e.placement else None, meaning="who runs it"),
    "placement_kind": RegisterWord(
        kind=PlacementKind, get=lambda _, e: e.placement.kind if e.placement else None, meaning="its kind"),
    "former_placements": RegisterWord(
        kind="agencies", get=lambda _, e: {p.provider for p in e.former_placements if p.provider},
        meaning="who ran those that ended"),
    "found": RegisterWord(
        kind="time", get=lambda _, e: e.found.at if e.found else None, meaning="when the child was located"),
    "found_by": RegisterWord(
        kind=SeenBy, get=lambda _, e: e.found.seen_by if e.found else None, meaning="who saw the child"),
    "found_where": RegisterWord(
        kind=PlaceKind, get=lambda _, e: e.found.place_kind if e.found else None, meaning="the kind of place"),
    "sightings": RegisterWord(
        kind="number", get=lambda _, e: sum(not f.locates for f in e.findings), meaning="findings that end no search"),
    "returned": RegisterWord(
        kind="time", get=lambda _, e: (back := _return(e)) and back.at, meaning="the return that ended it"),
    "returned_to": RegisterWord(
        kind=ReturnedTo, get=lambda _, e: (back := _return(e)) and back.to, meaning="where to"),
    "cancelled": RegisterWord(
        kind=CancelReason, get=lambda _, e: e.cancelled.reason if e.cancelled else None, meaning="why it was"),
    "counted": RegisterWord(kind="answer", get=lambda _, e: e.is_counted, meaning="no, where it was cancelled"),
    "open": RegisterWord(
        kind="answer", get=lambda s, e: episode_facts(s, e).status in OPEN, meaning="whether the absence goes on"),
    "deceased": RegisterWord(kind="answer", get=lambda _, e: e.deceased, meaning="whether the child was found dead"),
    "never_reported": RegisterWord(
        kind="answer", get=lambda _, e: e.never_reported, meaning="found before anybody reported"),
    "companions": RegisterWord(
        kind="number", get=lambda _, e: len(e.companions.child_refs), meaning="children who went together"),
    "incident": RegisterWord(
        kind="text", get=lambda _, e: ", ".join(e.companions.incident_refs) or None, meaning="their reference"),
    "may_be_told": RegisterWord(
        kind=MayBeTold, get=lambda _, e: e.may_be_told, meaning="what whoever reported may know"),
    "questions": RegisterWord(
        kind=(QuestionKind,), get=lambda _, e: {str(q.kind) for q in e.questions},
        meaning="what the hub asks the agencies"),
    "transfers": RegisterWord(
        kind=(_Handover,), get=lambda _, e: {str(_answer_to(t)) for t in e.transfers},
        meaning="how handovers stand"),
    "repeats": RegisterWord(
        kind="number", get=lambda s, e: repeat_count(s, e, timedelta(days=_DAYS)),
        meaning=f"counted absences that began within {_DAYS} days up to this one"),
    "repeats_in_30_days": RegisterWord(
        kind="number", get=lambda s, e: repeat_count(s, e, timedelta(days=30)), meaning="the same within 30 days"),
    "aliases": RegisterWord(kind="number", get=lambda _, e: len(e.aliases), meaning="other ids it once had"),
    "adoption_break": RegisterWord(
        kind="answer", get=lambda s, _: s.adoption_break is not None, meaning="identities that must never be joined"),
}  # fmt: skip
"""The words of `register`, apart from `phases`, `claims`, `exclusions`, `flags`, `disagreements` and fields."""


def register_checks(part: Part, aim: Aim, reader: Reader) -> Iterator[Check]:
    """The checks of a `register` table."""
    table = reader.table(part, "register")
    for key, value in table:
        if key.text == "phases":
            yield _phases_check(key, value, aim, reader)
        elif key.text in TABLE_WORDS:
            yield table_check(key, value, aim, reader)
        elif "." in key.text:
            yield _field_check(key, value, aim, reader)
        elif key.text in REGISTER_WORDS:
            yield _word_check(key, value, aim, reader)
        else:
            known = [*REGISTER_WORDS, *TABLE_WORDS, "phases"]
            raise key.refused(f"{key.text!r} is no word of the register", nearest_word(key.text, known))


def _word_check(key: Word, value: Part, aim: Aim, reader: Reader) -> Check:
    word = REGISTER_WORDS[key.text]
    wanted = reader.value(word.kind, value)

    def run(scene: Scene) -> Iterator[Difference]:
        meant = scene.meant(aim)
        if isinstance(meant, str):
            yield _difference(key, scene, key.text, reader.words(wanted), meant)
            return
        found = word.get(*meant)
        if found != wanted:
            yield _difference(key, scene, key.text, reader.words(wanted), f"is {reader.words(found)}")

    return Check(line=key.line, run=run)


def _phases_check(key: Word, value: Part, aim: Aim, reader: Reader) -> Check:
    wanted = [_phase(item, reader) for item in (value.items if isinstance(value, Row) else (value,))]
    expected = "; ".join(_phase_text(one, reader) for one in wanted)

    def run(scene: Scene) -> Iterator[Difference]:
        meant = scene.meant(aim)
        if isinstance(meant, str):
            yield _difference(key, scene, "phases", expected, meant)
            return
        phases = episode_facts(*meant).phases
        found = [(phase.kind, phase.began_at, phase.ended_at) for phase in phases if phase.began_at is not None]
        if found != wanted:
            said = "; ".join(_phase_text(one, reader) for one in found) or "none"
            yield _difference(key, scene, "phases", expected, f"they are {said}")

    return Check(line=key.line, run=run)


_Phase = tuple[PhaseKind, datetime, datetime | None]


def _phase(item: Part, reader: Reader) -> _Phase:
    """`M Fri 27 Mar 22:40 to Sat 28 Mar 02:15`; without an end while it goes on."""
    word = reader.word(item, "a phase: M Fri 27 Mar 22:40 to Sat 02:15")
    kind, _, times = word.text.strip().partition(" ")
    if kind.lower() not in _PHASES:
        raise word.refused(f"{kind!r} is no phase: M, A or located", nearest_word(kind, ("M", "A", "located")))
    start, separator, end = times.partition(" to ")
    began = reader.moment(Word(word.file, word.line, start.strip()))
    is_open = not separator or end.strip() in ("now", "open")
    ended = None if is_open else reader.clock.moment(Word(word.file, word.line, end.strip()), began)
    return _PHASES[kind.lower()], began, ended


def _phase_text(phase: _Phase, reader: Reader) -> str:
    kind, began, ended = phase
    short = {PhaseKind.MISSING: "M", PhaseKind.AWAY: "A"}.get(kind, str(kind))
    return f"{short} {reader.words(began)}" + (f" to {reader.words(ended)}" if ended else "")


def _field_check(key: Word, value: Part, aim: Aim, reader: Reader) -> Check:
    """A field of the view by its name in the schemas (`last_seen.place`), in the narrowest class that knows it."""
    wanted = reader.field_text(key, reader.word(value, "one value"), view_fields())

    def run(scene: Scene) -> Iterator[Difference]:
        meant = scene.meant(aim)
        if isinstance(meant, str):
            yield _difference(key, scene, key.text, wanted or "nothing", meant)
            return
        known = [field for field in view(*meant).golden if field.name == key.text]
        found = known[-1].value if known else None
        if found != wanted:
            classes = ", ".join(str(field.disclosure) for field in known if field.disclosure is not Disclosure.UNKNOWN)
            said = f"it says {found!r} (class {classes})" if found is not None else "nobody said anything of it"
            yield _difference(key, scene, key.text, repr(wanted) if wanted is not None else "nothing", said)

    return Check(line=key.line, run=run)


def _delay(episode: Episode) -> timedelta | None:
    """Of the report accepted last: accepted after the last-seen that it gives."""
    standing = [report for report in episode.reports if not report.is_cancelled]
    last = standing[-1] if standing else None
    return None if last is None or last.last_seen_at is None else last.accepted_at - last.last_seen_at


def _answer_to(transfer: object) -> _Handover:
    if getattr(transfer, "accepted_by", None) is not None:
        return _Handover.ACCEPTED
    return _Handover.REFUSED if getattr(transfer, "refused_by", ()) else _Handover.OPEN


def _difference(word: Word, scene: Scene, what: str, expected: str, found: str) -> Difference:
    return Difference(line=word.line, at=scene.at, what=what, expected=expected, found=found)
