"""Who an agency is, as the directory will say it: an official code says most of it by itself.

Codes are those of the reference data: GSS codes of authorities and of police forces. What was typed and is nearly a
name is answered with its code; nothing is guessed.
"""

import difflib
from dataclasses import dataclass
from typing import Final

from deploy import topics
from hub.reference import packaged_reference
from schemas.errors import HomewardError
from schemas.records import AgencyKind, DeliveryPreferences, Nation


class RequestRefused(HomewardError):
    """A request to join that cannot be approved as it is; the message says why and what to do."""


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
            raise RequestRefused(message)
        if self.kind in _NOT_AGENCIES:
            message = f"no agency is of the kind {self.kind.value}; expected one of: {kinds()}"
            raise RequestRefused(message)


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
        RequestRefused: the code is not an official one, and name, kind or area are not given.
    """
    reference = packaged_reference()
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
        raise RequestRefused(message)
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
        force_code=home.force,
        roles=roles,
    )


def check_area(area: str, where: str) -> None:
    """Refuse what is not the area of an authority; `where` names the option.

    Raises:
        RequestRefused: it is none.
    """
    if area not in packaged_reference().authorities:
        message = f"{where} {area}: not the code of an authority; {_meant(area)}"
        raise RequestRefused(message)


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


_NOT_AGENCIES: Final = frozenset({AgencyKind.HUB, AgencyKind.UNKNOWN})


def kinds() -> str:
    """The kinds that an agency may be of, in words."""
    return ", ".join(sorted(kind.value for kind in AgencyKind if kind not in _NOT_AGENCIES))


def _nation(name: str) -> Nation:
    return Nation(name.lower().replace(" ", "_"))
