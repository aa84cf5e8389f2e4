"""The agencies of a scenario: official ones by code or name, others as the file declares them, and their directory.

Every authority and force of the reference tables is there and connected, unless the file says otherwise; a name that
an authority and a force share must be written out (`Lancashire Police`, `Lancashire council`). What is declared under
`agencies` has a name of the file's own, which stands for it everywhere.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from hub.directory import Directory
from hub.ids import HUB, AgencyId
from hub.reference import Reference
from hub.scenario.document import Word
from hub.scenario.refusal import nearest_word
from hub.suites import SealingSuite
from schemas.records import AgencyKind, Contact, DirectoryEntry, DutyRow, Nation, SealingKey

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_POLICE_ENDINGS: Final = (" police", " constabulary", " police service", " force")
_COUNCIL_ENDINGS: Final = (
    " council", " city council", " county council", " borough council", " metropolitan borough council",
    " metropolitan district council", " authority", " children's services", " edt", " local authority",
)  # fmt: skip
_BEFORE_A_NAME: Final = ("city of ", "county ", "isle of ")
_OTHER_NAMES: Final = {
    "hull": "Kingston upon Hull", "bcp": "Bournemouth, Christchurch and Poole", "police scotland": "Scotland",
    "psni": "Northern Ireland", "gmp": "Greater Manchester", "met": "Metropolitan Police", "btp": "BTP",
    "met police": "Metropolitan Police", "the met": "Metropolitan Police",
}  # fmt: skip
"""What everybody calls an authority or a force that is called otherwise."""
_TELEPHONE: Final = "01632 960000"
"""A number kept free for invented people and places (Ofcom)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioAgency:
    """One agency that the file declares. `id` is its official code where it has one, else its name in the file."""

    id: AgencyId
    name: str
    kind: AgencyKind
    line: int
    areas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    nation: Nation = Nation.UNKNOWN
    is_connected: bool = True
    has_key: bool = True
    joins: datetime | None = None
    leaves: datetime | None = None
    duty: tuple[DutyRow, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agencies:
    """Finds agencies by what people call them. `declared` is by the file's own names, in lower case."""

    reference: Reference
    declared: Mapping[str, ScenarioAgency] = field(default_factory=dict)

    def known(self, text: str) -> AgencyId | None:
        """The agency of this name or code; None where nobody, or more than one, is called so."""
        found = self._called(text)
        return found[0] if len(found) == 1 else None

    def of(self, word: Word, *, is_authority: bool = False) -> AgencyId:
        """The agency that a word names; `is_authority` where only an authority can be meant.

        Raises:
            ScenarioRefused: nobody is called so, or an authority and a force are.
        """
        found = self._called(word.text)
        if is_authority and len(found) > 1:
            found = [each for each in found if each in self.reference.authorities]
        if len(found) == 1:
            return found[0]
        if found:
            name = word.text
            raise word.refused(
                f"{name!r} is an authority and a police force; write '{name} council' or '{name} Police'"
            )
        nearest = nearest_word(word.text, self.names())
        raise word.refused(
            f"no agency is called {word.text!r}; declare it under `agencies`, or write its code", nearest
        )

    def area(self, word: Word) -> str:
        """The area (GSS code) that a word names: that of an authority, or a code."""
        plain = _plain(word.text)
        declared = self.declared.get(plain)
        if declared is not None and declared.kind is AgencyKind.AUTHORITY:
            return declared.id
        found = [code for code in self._called(word.text) if code in self.reference.authorities]
        if len(found) == 1:
            return found[0]
        if len(word.text) == 9 and word.text[1:].isdigit():  # noqa: PLR2004 - a GSS code: a letter and eight digits
            return word.text
        names = [authority.name for authority in self.reference.authorities.values()]
        raise word.refused(f"no authority's area is called {word.text!r}", nearest_word(word.text, names))

    def name(self, agency: str) -> str:
        """What the file calls an agency; its official name where it does not."""
        for declared in self.declared.values():
            if declared.id == agency:
                return declared.name
        official = self.reference.name_of(agency)
        if agency == HUB:
            return "the hub"
        if official is None:
            return agency
        is_force = agency in self.reference.forces
        return f"{official} Police" if is_force and "Police" not in official else official

    def own_names(self, agency: str) -> Iterator[str]:
        """What the file itself calls an agency."""
        yield from (name for name, declared in self.declared.items() if declared.id == agency)

    def kind(self, agency: AgencyId) -> AgencyKind:
        """What kind of agency it is."""
        for declared in self.declared.values():
            if declared.id == agency:
                return declared.kind
        if agency == HUB:
            return AgencyKind.HUB
        return AgencyKind.POLICE if agency in self.reference.forces else AgencyKind.AUTHORITY

    def names(self) -> Iterator[str]:
        """Everything that an agency may be called, for the nearest word."""
        yield from self.declared
        yield from (declared.name for declared in self.declared.values())
        yield from (authority.name for authority in self.reference.authorities.values())
        yield from (self.name(code) for code in self.reference.forces)

    def directory(self, *, others_are_connected: bool = True) -> Directory:
        """The directory of the scenario: everybody official, changed and added to by what the file declares."""
        declared = {agency.id: agency for agency in self.declared.values()}
        entries: dict[AgencyId, DirectoryEntry] = {}
        for code in sorted({*self.reference.forces, *self.reference.authorities} - {*declared}):
            entries[AgencyId(code)] = self._entry(self.official(AgencyId(code), is_connected=others_are_connected))
        for agency in declared.values():
            entries[agency.id] = self._entry(agency)
        return Directory(entries)

    def official(self, code: AgencyId, *, name: str = "", is_connected: bool = True, line: int = 0) -> ScenarioAgency:
        """The official agency of a code, as the reference tables have it."""
        is_force = code in self.reference.forces
        found = self.reference.forces.get(code) or self.reference.authorities[code]
        return ScenarioAgency(
            id=code,
            name=name or self.name(code),
            kind=AgencyKind.POLICE if is_force else AgencyKind.AUTHORITY,
            line=line,
            areas=() if is_force else (code,),
            nation=_nation(found.nation),
            is_connected=is_connected,
        )

    def _entry(self, agency: ScenarioAgency) -> DirectoryEntry:
        key = SealingKey(key_id=f"{agency.id}-1", suite=SealingSuite.X25519, public_key=bytes(32), valid_from=LONG_AGO)
        contact = Contact(name=f"{agency.name}, duty desk", telephone=_TELEPHONE)
        around = DutyRow(role="duty", hours_from="00:00", hours_to="24:00", calendar="", contact=contact)
        return DirectoryEntry(
            agency_id=agency.id,
            name=agency.name,
            official_name=agency.name,
            kind=agency.kind,
            roles=agency.roles,
            nation=Nation.ENGLAND if agency.nation is Nation.UNKNOWN else agency.nation,
            areas=agency.areas,
            force_code=agency.id if agency.id in self.reference.forces else None,
            connected=agency.is_connected,
            approved=True,
            sealing_keys=(key,) if agency.has_key else (),
            duty=tuple(replace(row, contact=row.contact or contact) for row in agency.duty) or (around,),
            version=1,
            valid_from=agency.joins or LONG_AGO,
            valid_until=agency.leaves,
        )

    def _called(self, text: str) -> list[AgencyId]:
        plain = _plain(text)
        if (declared := self.declared.get(plain)) is not None:
            return [declared.id]
        if plain == HUB:
            return [HUB]
        code = text.strip().upper()
        if code in self.reference.authorities or code in self.reference.forces:
            return [AgencyId(code)]
        found = [each.id for each in self.declared.values() if plain in (_plain(each.name), each.id.lower())]
        if found:
            return list(dict.fromkeys(found))
        council, force = _without(plain, _COUNCIL_ENDINGS), _without(plain, _POLICE_ENDINGS)
        authorities = [] if council is None else self._authorities({council, plain})
        forces = [
            AgencyId(each.code)
            for each in self.reference.forces.values()
            if (force is not None and _without(_plain(each.name), _POLICE_ENDINGS) == force)
            or _plain(each.name) == plain
            or _OTHER_NAMES.get(plain) == each.name
        ]
        if authorities or forces or council is None:
            return authorities + forces
        return self._authorities_beginning(council)

    def _authorities(self, names: Collection[str]) -> list[AgencyId]:
        """Authorities of one of these names, with or without what they are called in full."""
        return [
            AgencyId(each.code)
            for each in self.reference.authorities.values()
            if _plain(each.name) in names
            or any(_plain(each.name) == f"{before}{name}" for name in names for before in _BEFORE_A_NAME)
            or any(_OTHER_NAMES.get(name) == each.name for name in names)
        ]

    def _authorities_beginning(self, name: str) -> list[AgencyId]:
        """The one authority whose name begins with these words (`Newcastle`); none, if several do."""
        found = [
            AgencyId(each.code)
            for each in self.reference.authorities.values()
            if _plain(each.name).replace("-", " ").startswith(f"{name} ")
        ]
        return found if len(found) == 1 else []


def _nation(name: str) -> Nation:
    known = {nation.value: nation for nation in Nation}
    return known.get(name.lower().replace(" ", "_"), Nation.UNKNOWN)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return " ".join(text.strip().lower().split())


@lru_cache(maxsize=4096)
def _without(plain: str, endings: tuple[str, ...]) -> str | None:
    """The name without the word for what it is; None where another ending says that it is something else."""
    other = _POLICE_ENDINGS if endings is _COUNCIL_ENDINGS else _COUNCIL_ENDINGS
    for ending in sorted(endings, key=len, reverse=True):
        if plain.endswith(ending):
            return plain.removesuffix(ending)
    return None if plain.endswith(other) else plain
