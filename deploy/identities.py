"""Who an agency is, as the directory will say it: an official code says most of it by itself.

Codes are those of the reference data: GSS codes of authorities and of police forces. What was typed and is nearly a
name is answered with its code; nothing is guessed.
"""

import difflib
import re
from dataclasses import dataclass
from typing import Final

from deploy import topics
from hub.directory import AGENCY_ROLES
from hub.reference import packaged_reference
from schemas.errors import HomewardError
from schemas.records import AgencyKind, DeliveryPreferences, Nation


class RequestRefused(HomewardError):
    """A request to join that cannot be approved as it is; the message says why and what to do."""


class NotKnown(RequestRefused):
    """What was typed is none of what may be: a code, an area, a role, a kind, a name. Wrong usage, and nothing done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an agency is, as the directory will say it. Areas are GSS codes."""

    agency_id: str
    name: str
    official_name: str
    kind: AgencyKind
    nation: Nation
    areas: tuple[str, ...] = ()
    force_code: str | None = None
    roles: tuple[str, ...] = ()
    delivery: DeliveryPreferences | None = None

    def __post_init__(self) -> None:
        """Refuse an id that could not name a topic, a principal and a file, and a kind that is the hub's own.

        Raises:
            TableError: it could not.
            RequestRefused: no agency is of that kind, or a name or a role is blank.
        """
        topics.Agency(id=self.agency_id)
        if not all(each.strip() for each in (self.name, *self.roles)):
            message = "a name or a role is blank; give --name and --role with words in them, or leave them out"
            raise NotKnown(message)
        if self.kind in _NOT_AGENCIES:
            message = f"no agency is of the kind {self.kind.value}; expected one of: {kinds()}"
            raise NotKnown(message)

    @property
    def force(self) -> str | None:
        """The code of the police force that it is, and is taken for wherever one is told or asked; None: it is none."""
        return self.agency_id if self.kind is AgencyKind.POLICE else None


def official_kind(agency_id: str) -> AgencyKind | None:
    """What the agency of an official code is; None for an agency without one."""
    reference = packaged_reference()
    if agency_id in reference.forces:
        return AgencyKind.POLICE
    return AgencyKind.AUTHORITY if agency_id in reference.authorities else None


def identity_of(
    agency_id: str,
    *,
    name: str | None = None,
    kind: AgencyKind | None = None,
    areas: tuple[str, ...] = (),
    roles: tuple[str, ...] = (),
) -> Identity:
    """Who an agency is: an official code says most of it by itself; what is given is added or put in its place.

    Raises:
        NotKnown: the code is not an official one, and name, kind or area are not given, or it claims what it is not.
    """
    identity = _identity_of(agency_id, name=name, kind=kind, areas=areas, roles=roles)
    check_claims(identity)
    return identity


def check_claims(identity: Identity) -> None:
    """Refuse an identity that claims what the reference data or the directory's words do not bear out.

    Whoever is of kind police is told, asked and believed as the police force, so nobody is without its official code.

    Raises:
        NotKnown: a role that is none, an area that is none, a code that only looks official, police that are no force.
    """
    for role in identity.roles:
        if role not in AGENCY_ROLES:
            near = difflib.get_close_matches(role, AGENCY_ROLES, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            message = f"--role {role}: no role of the directory; {meant}there are: {', '.join(sorted(AGENCY_ROLES))}"
            raise NotKnown(message)
    for area in identity.areas:
        check_area(area, "--area")
    reference, code = packaged_reference(), identity.agency_id
    if identity.kind is AgencyKind.POLICE and (code not in reference.forces or identity.force_code not in (None, code)):
        message = (
            f"{code} is not the official code of a police force, and whoever is of kind police is taken for one; "
            f"{_forces_meant(identity)}\nwhat is no police force is of another kind: {kinds(without=AgencyKind.POLICE)}"
        )
        raise NotKnown(message)
    if code not in reference.forces and code not in reference.authorities and _LOOKS_OFFICIAL.fullmatch(code):
        near = difflib.get_close_matches(code.upper(), [*reference.authorities, *reference.forces], n=6, cutoff=0.8)
        listed = ", ".join(f"{each} ({reference.name_of(each)})" for each in near) or "none is near"
        message = (
            f"{code} looks like an official code and is none; the nearest official ones: {listed}\n"
            "give the official code, or an id of your own that does not look like one"
        )
        raise NotKnown(message)


def _forces_meant(identity: Identity) -> str:
    """The forces whose codes may have been meant: of the areas, or of a like name."""
    reference = packaged_reference()
    called = {force.called.casefold(): code for code, force in reference.forces.items()}
    near = [called[name] for name in difflib.get_close_matches(identity.name.casefold(), called, n=2, cutoff=0.7)]
    of_areas = [force for area in identity.areas if (force := reference.force_of(area)) is not None]
    codes = tuple(dict.fromkeys((*near, *of_areas)))[:3]
    if not codes:
        return _meant(identity.agency_id)
    return "the nearest official ones: " + ", ".join(f"{code} ({reference.forces[code].called})" for code in codes)


def named(code: str) -> str:
    """An area or a force as a person is shown it: its code, and what it is called."""
    reference = packaged_reference()
    force = reference.forces.get(code)
    name = force.called if force else reference.name_of(code)
    return code if name is None else f"{code} ({name})"


def _identity_of(
    agency_id: str, *, name: str | None, kind: AgencyKind | None, areas: tuple[str, ...], roles: tuple[str, ...]
) -> Identity:
    reference = packaged_reference()
    official = (
        AgencyKind.POLICE
        if agency_id in reference.forces
        else AgencyKind.AUTHORITY
        if agency_id in reference.authorities
        else None
    )
    if official is not None and kind not in (None, official):
        message = (
            f"--kind {kind}: {named(agency_id)} is of kind {official}; leave --kind out, or give an id of your own"
        )
        raise NotKnown(message)
    if (force := reference.forces.get(agency_id)) is not None:
        return Identity(
            agency_id=agency_id,
            name=name or force.called,
            official_name=force.name,
            kind=AgencyKind.POLICE,
            nation=_nation(force.nation),
            areas=areas or tuple(code for code, row in reference.authorities.items() if row.force == agency_id),
            force_code=agency_id,
            roles=roles,
        )
    if (authority := reference.authorities.get(agency_id)) is not None:
        return Identity(
            agency_id=agency_id,
            name=name or authority.name,
            official_name=authority.name,
            kind=AgencyKind.AUTHORITY,
            nation=_nation(authority.nation),
            areas=areas or (agency_id,),
            force_code=authority.force,
            roles=roles,
        )
    if name is None or kind is None or not areas:
        message = (
            f"{agency_id} is not the code of an authority or police force; {_meant(agency_id)}\n"
            f"for an agency without a code give --name, --kind ({kinds()}) and --area"
        )
        raise NotKnown(message)
    for area in areas:
        check_area(area, "--area")
    home = reference.authorities[areas[0]]
    return Identity(
        agency_id=agency_id,
        name=name,
        official_name=name,
        kind=kind,
        nation=_nation(home.nation),
        areas=areas,
        roles=roles,
    )


def check_area(area: str, where: str) -> None:
    """Refuse what is not the area of an authority; `where` names the option.

    Raises:
        NotKnown: it is none.
    """
    if area not in packaged_reference().authorities:
        message = f"{where} {area}: not the code of an authority; {_meant(area)}"
        raise NotKnown(message)


def _meant(typed: str) -> str:
    """Where what was typed is nearly a name, the code of it. A code that is nearly another one is left to people:
    codes differ by one figure, so a guess would name the wrong council.
    """
    reference = packaged_reference()
    codes = {(reference.name_of(code) or code).casefold(): code for code in (*reference.authorities, *reference.forces)}
    near = difflib.get_close_matches(typed.casefold(), codes, n=1, cutoff=0.8)
    if not near:
        return "give the name of one, such as Rochdale, to be told its code"
    code = codes[near[0]]
    return f"did you mean {code} ({reference.name_of(code)})?"


_LOOKS_OFFICIAL: Final = re.compile(r"[ENSW][0-9]{7,9}", re.IGNORECASE)
"""What is written like a GSS code, one figure more or less."""
_NOT_AGENCIES: Final = frozenset({AgencyKind.HUB, AgencyKind.UNKNOWN})


def kinds(without: AgencyKind | None = None) -> str:
    """The kinds that an agency may be of, in words; without one of them if that is asked for."""
    return ", ".join(sorted(kind.value for kind in AgencyKind if kind not in {*_NOT_AGENCIES, without}))


def _nation(name: str) -> Nation:
    """The nation of a row of the reference data; a force of all Great Britain is listed where its seat is."""
    return Nation.ENGLAND if name == "Great Britain" else Nation(name.lower().replace(" ", "_"))
