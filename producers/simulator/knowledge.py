"""What one agency holds on a child: its own spelling, its own dates, its own references.

This is where agencies come to disagree, as Ofsted found they do: a name heard over the telephone, a birthday with day
and month exchanged, a nickname, a last-seen time from another witness. What an agency once got wrong it repeats in
every message, until it corrects itself.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from zlib import crc32

from producers.simulator.agencies import SimulatedAgency
from producers.simulator.incident import Incident
from producers.simulator.parameters import Parameters
from producers.simulator.people import SimulatedChild, landline
from schemas.records import (
    Address,
    AgeBasis,
    AgencyKind,
    Answer,
    BirthPrecision,
    CommunicationNeed,
    Contact,
    ExternalRef,
    FieldChange,
    Flag,
    Identifier,
    IdentifierKind,
    Person,
    ReferenceKind,
    UsualPlace,
)

__all__ = ["Knowledge", "knowledge_of"]

_DESKS: Final = {
    AgencyKind.POLICE: ("Force control room", "duty inspector"),
    AgencyKind.AUTHORITY: ("Children's services duty desk", "duty social worker"),
    AgencyKind.PLACEMENT: ("Shift leader", "residential worker"),
    AgencyKind.SCHOOL: ("Safeguarding lead", "designated safeguarding lead"),
    AgencyKind.HEALTH: ("Safeguarding nurse", "named nurse"),
}
_CHILD_REFS: Final = {
    AgencyKind.POLICE: "NOM{:07d}",
    AgencyKind.AUTHORITY: "CS-{:07d}",
    AgencyKind.PLACEMENT: "R{:07d}",
    AgencyKind.SCHOOL: "P{:07d}",
    AgencyKind.HEALTH: "H{:07d}",
}
_REFERENCE_DIGITS: Final = 7
_HOLD_FLAGS: Final = frozenset({AgencyKind.AUTHORITY, AgencyKind.POLICE, AgencyKind.PLACEMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """One agency's record of one child, and of one absence of that child."""

    agency: SimulatedAgency
    child_ref: str
    episode_ref: str
    person: Person
    last_seen_at: datetime
    contact: Contact
    truth: SimulatedChild

    def quoting(self, other: "Knowledge") -> tuple[ExternalRef, ...]:
        """The other agency's references, as this one was told them."""
        return (
            ExternalRef(agency=other.agency.id, kind=ReferenceKind.CHILD, value=other.child_ref),
            ExternalRef(agency=other.agency.id, kind=ReferenceKind.EPISODE, value=other.episode_ref),
        )

    def corrected(self) -> tuple["Knowledge", tuple[FieldChange, ...]]:
        """This record with name and birth date put right, and the changes; none where nothing was wrong."""
        before = self.person
        after = replace(
            before,
            given_names=self.truth.given_name,
            family_name=self.truth.family_name,
            date_of_birth=self.truth.born if before.date_of_birth else None,
        )
        pairs = (
            ("given_names", before.given_names, after.given_names),
            ("family_name", before.family_name, after.family_name),
            ("date_of_birth", before.date_of_birth, after.date_of_birth),
        )
        changes = tuple(
            FieldChange(field=f"person.{name}", old=str(old), new=str(new)) for name, old, new in pairs if old != new
        )
        return replace(self, person=after), changes


def knowledge_of(agency: SimulatedAgency, incident: Incident, *, seed: int, parameters: Parameters) -> Knowledge:
    """What this agency writes about the child of an incident: the same in every message about it."""
    child = incident.child
    owner = f"{seed}:{agency.id}:{child.home_area}:{child.number}"
    lasting = Random(f"{owner}:record")  # noqa: S311 - nothing secret
    passing = Random(f"{owner}:{incident.number}")  # noqa: S311 - nothing secret
    shift = 0.0
    if agency.kind is not AgencyKind.PLACEMENT and parameters.happens(
        "disagreement.last_seen_otherwise_share", passing
    ):
        shift = passing.gauss(0.0, parameters.number("disagreement.last_seen_minutes"))
    seen = incident.last_seen_at + timedelta(minutes=shift)
    name, role = _DESKS.get(agency.kind, ("Desk", "officer"))
    return Knowledge(
        agency=agency,
        child_ref=_CHILD_REFS.get(agency.kind, "X{:07d}").format(_own_number(agency, child)),
        episode_ref=_episode_ref(agency, incident),
        person=_person(agency, child, lasting, parameters),
        last_seen_at=min(_rounded(seen, 15 if agency.kind is AgencyKind.AUTHORITY else 5), incident.noticed_at),
        contact=Contact(name=name, role=role, telephone=landline(lasting)),
        truth=child,
    )


def _own_number(agency: SimulatedAgency, child: SimulatedChild) -> int:
    """A number that differs for every child of an agency and looks different at every agency."""
    area = child.home_area
    return (int(f"{area[1:3]}{area[-3:]}{child.number:02d}") + crc32(agency.id.encode())) % 10**_REFERENCE_DIGITS


def _episode_ref(agency: SimulatedAgency, incident: Incident) -> str:
    """An agency's own number of an absence; one is never given twice."""
    area, _, count = incident.number.rpartition("-")
    return f"{agency.id[-3:]}-{incident.last_seen_at:%y}-{area[1:3]}{area[-3:]}{int(count):04d}"


def _person(agency: SimulatedAgency, child: SimulatedChild, draw: Random, parameters: Parameters) -> Person:
    return Person(
        given_names=_given(child, draw, parameters),
        family_name=_family(child, draw, parameters),
        other_names=(child.short_name,) if child.short_name != child.given_name and draw.random() < 0.3 else (),  # noqa: PLR2004 - assumed
        date_of_birth=(born := _birth_date(agency, child, draw, parameters)),
        birth_precision=BirthPrecision.DAY if born else BirthPrecision.UNKNOWN,
        age_basis=AgeBasis.DOCUMENTED if agency.kind is AgencyKind.AUTHORITY else AgeBasis.CLAIMED,
        sex=child.sex,
        identifiers=_identifiers(agency, child, draw),
        home=Address(line=child.home_line, postcode=child.home_postcode, area_code=child.home_area),
        usual_place=UsualPlace.PLACEMENT if child.is_looked_after else UsualPlace.HOME,
        communication=(CommunicationNeed.INTERPRETER,) if child.needs_interpreter else (),
        flags=tuple(
            Flag(kind=kind, value=Answer.YES, set_by=agency.id)
            for kind in child.flags
            if agency.kind in _HOLD_FLAGS and draw.random() < 0.8  # noqa: PLR2004 - assumed
        ),
    )


def _given(child: SimulatedChild, draw: Random, parameters: Parameters) -> str:
    is_short = parameters.happens("disagreement.given_name_short_share", draw)
    return child.short_name if is_short else child.given_name


def _family(child: SimulatedChild, draw: Random, parameters: Parameters) -> str:
    if not parameters.happens("disagreement.name_spelt_otherwise_share", draw):
        return child.family_name
    return draw.choice(_WAYS_TO_MISSPELL)(child.family_name, draw)


def _without_accents(name: str, _: Random) -> str:
    plain = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("ł", "l")


def _without_particles(name: str, _: Random) -> str:
    return name.replace("'", "").replace("-", " ").rpartition(" ")[2].capitalize()


def _letters_exchanged(name: str, draw: Random) -> str:
    at = draw.randrange(1, len(name) - 2)
    return f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"


def _letter_doubled(name: str, draw: Random) -> str:
    at = draw.randrange(2, len(name))
    return f"{name[:at]}{name[at - 1]}{name[at:]}"


_WAYS_TO_MISSPELL: Final = (_without_accents, _without_particles, _letters_exchanged, _letter_doubled)


def _birth_date(agency: SimulatedAgency, child: SimulatedChild, draw: Random, parameters: Parameters) -> date | None:
    if agency.kind is AgencyKind.POLICE and parameters.happens("disagreement.birth_date_missing_share", draw):
        return None
    if not parameters.happens("disagreement.birth_date_otherwise_share", draw):
        return child.born
    if child.born.day <= 12 and child.born.day != child.born.month:  # noqa: PLR2004 - months
        return child.born.replace(day=child.born.month, month=child.born.day)
    return child.born + timedelta(days=draw.choice((-1, 1, 10)))


def _identifiers(agency: SimulatedAgency, child: SimulatedChild, draw: Random) -> tuple[Identifier, ...]:
    knows = agency.kind in {AgencyKind.AUTHORITY, AgencyKind.HEALTH}
    may_know = agency.kind is AgencyKind.PLACEMENT and draw.random() < 0.5  # noqa: PLR2004 - assumed
    if child.nhs_number is None or not (knows or may_know):
        return ()
    return (Identifier(kind=IdentifierKind.NHS_NUMBER, value=child.nhs_number.replace(" ", "")),)


def _rounded(time: datetime, minutes: int) -> datetime:
    return time - timedelta(minutes=time.minute % minutes, seconds=time.second, microseconds=time.microsecond)
