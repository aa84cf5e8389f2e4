# ruff: noqa: S311, PLR2004 - a seeded generator makes examples, and its shares are assumptions stated where they stand
"""Two invented years: which agencies report which child, under which reference, quoting what, in order of receipt.

Every absence is reported by several agencies, each from its own record of the child. What a file of reports looks
like is fixed by `deploy.linkage.columns`; the truth beside it names the child, and groups for the report by group.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from deploy.linkage.columns import Row
from deploy.linkage.generator.agencies import Record, record
from deploy.linkage.generator.draft import Child, ErrorKind
from deploy.linkage.generator.people import DAYS, FIRST_DAY, Home, Life, address, cousins, family, namesake

GENERATOR_VERSION: Final = "4"

Kinds = Sequence[tuple[ErrorKind, float]]
"""Error kinds and how often each is meant to happen, against its own chance (1.0: as it says)."""

_FAMILIES_AN_AREA: Final = 300
_REPORTS: Final = {"authority": 0.55, "placement": 0.8, "school": 0.22, "health": 0.09}
_POLICE: Final = 0.86
_GOES_ALONG: Final = {"twin": 0.5, "sibling": 0.3, "namesake": 0.15}
"""How many absences of a child are those of a brother, a sister or a cousin too, by the nearest relation."""
_QUOTES: Final = {"police": 0.12, "authority": 0.25, "placement": 0.3, "school": 0.04, "health": 0.08}


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthRow:
    """Whose report it is, and groups: where the name is from, nearest relation, what went wrong (`;` between)."""

    record_id: str
    child_id: str
    family_id: str
    name_origin: str
    relation: str
    sender_kind: str
    errors: str


def reports(*, children: int, seed: int, kinds: Kinds) -> list[tuple[Row, TruthRow]]:
    """Reports about at least this many children, in order of receipt, each with its truth."""
    draw = Random(seed)
    found: list[tuple[datetime, Row, TruthRow]] = []
    of_family: defaultdict[str, list[datetime]] = defaultdict(list)
    given: set[tuple[str, str]] = set()
    for life in lives(children, draw):
        began = _absences(life, of_family[life.child.family_id], draw)
        found.extend(_Childhood(life=life, kinds=kinds, draw=draw, given=given).reports(began))
    found.sort(key=lambda each: each[0])
    return [
        (replace(row, record_id=f"r{number:07d}"), replace(truth, record_id=f"r{number:07d}"))
        for number, (_, row, truth) in enumerate(found, 1)
    ]


def lives(children: int, draw: Random) -> Iterator[Life]:
    """Families until there are enough children; everybody's housemates are known before the first is yielded."""
    areas = max(6, children // _FAMILIES_AN_AREA)
    homes = [
        Home(agency=f"placement-{area:03d}-{number}", area=area, address=address(area, draw))
        for area in range(areas)
        for number in range(8)
    ]
    everybody: list[Life] = []
    number = 0
    while len(everybody) < children:
        number += 1
        members = family(number, draw.randrange(areas), homes, draw)
        if everybody and draw.random() < 0.04:
            for member in members:
                cousins(everybody[-1], member)
        everybody += members
        if draw.random() < 0.025:
            number += 1
            everybody.append(namesake(number, draw.choice(members), draw))
    yield from everybody


def _absences(life: Life, of_family: list[datetime], draw: Random) -> list[datetime]:
    """When each of a child's absences began; some are of brothers and sisters as well, who go along."""
    found: set[datetime] = set()
    for day in sorted(draw.randrange(DAYS) for _ in range(life.absences)):
        if of_family and draw.random() < _GOES_ALONG.get(life.child.relation, 0.0):
            found.add(draw.choice(of_family))
        else:
            at = time(draw.randrange(24), draw.randrange(60))
            found.add(datetime.combine(FIRST_DAY + timedelta(days=day), at, UTC))
    of_family += sorted(found)
    return sorted(found)


@dataclass(slots=True, kw_only=True)
class _Childhood:
    """One child's absences and who reports them; keeps each agency's record from one report to the next."""

    life: Life
    kinds: Kinds
    draw: Random
    given: set[tuple[str, str]]
    """(agency, reference) of every child so far: an agency gives none twice."""

    def reports(self, absences: Iterable[datetime]) -> Iterator[tuple[datetime, Row, TruthRow]]:
        files: dict[str, Record] = {}
        for began in absences:
            yield from self._absence(began, files)

    def _absence(self, began: datetime, files: dict[str, Record]) -> Iterator[tuple[datetime, Row, TruthRow]]:
        said: list[Row] = []
        at = began
        for sender, kind in self._senders(began.date()):
            at += timedelta(minutes=1 + self.draw.expovariate(1 / 90))
            kept = self._file(sender, kind, began.date(), files)
            row = self._row(kept, began, at, said)
            said.append(row)
            yield at, row, self._truth(kept)
            if self.draw.random() < 0.25:
                again = at + timedelta(hours=1 + self.draw.expovariate(1 / 12))
                yield again, replace(row, received_at=_stamp(again)), self._truth(kept)

    def _senders(self, day: date) -> Iterable[tuple[str, str]]:
        life, draw = self.life, self.draw
        placed = next((stay for stay in reversed(life.placements) if stay.begins <= day), None)
        found = []
        if placed and draw.random() < _REPORTS["placement"]:
            found.append((str(placed.agency), "placement"))
        if draw.random() < _REPORTS["authority"]:
            found.append((f"authority-{life.area:03d}", "authority"))
        if draw.random() < _REPORTS["school"]:
            found.append((f"school-{life.area:03d}-{int(life.child.id[1:8]) % 12:02d}", "school"))
        if draw.random() < _REPORTS["health"]:
            found.append((f"health-{life.area // 2:03d}", "health"))
        draw.shuffle(found)
        if draw.random() < _POLICE:
            area = placed.area if placed and draw.random() < 0.8 else life.area
            found.insert(draw.choice((0, len(found), len(found))), (f"police-{area // 3:03d}", "police"))
        return found

    def _file(self, sender: str, kind: str, day: date, files: dict[str, Record]) -> Record:
        """The agency's record of the child: the one it has, a new one, or by mistake a second one."""
        known = files.get(sender)
        if known is not None and self.draw.random() > 0.05:
            return known
        has_none = kind == "police" and self.draw.random() < 0.3
        reference = "" if has_none else self._reference(sender, kind)
        made = record(self.life, (sender, kind), reference, day, self.kinds, self.draw)
        if not has_none:
            files[sender] = made
        return made

    def _reference(self, sender: str, kind: str) -> str:
        while (sender, made := self._number(kind)) in self.given:
            pass
        self.given.add((sender, made))
        return made

    def _number(self, kind: str) -> str:
        match kind:
            case "police":
                return f"N{self.draw.randrange(10**7):07d}"
            case "authority":
                return f"{self.draw.randrange(10**6, 10**7)}"
            case "placement":
                return f"R{self.draw.randrange(1000)}"
            case _:
                return f"{kind[0].upper()}{self.draw.randrange(10**6):06d}"

    def _row(self, kept: Record, began: datetime, at: datetime, said: Sequence[Row]) -> Row:
        draft, draw = kept.draft, self.draw
        quoted = []
        if said and draw.random() < _QUOTES[kept.sender_kind]:
            other = draw.choice(said)
            reference = other.episode_ref if draw.random() < 0.6 or not other.child_ref else other.child_ref
            quoted.append(reference if draw.random() < 0.6 else f"{other.sender}:{reference}")
        number = f"{began:%Y%m%d}-{draw.randrange(10**4):04d}"
        own = [row.episode_ref for row in said if row.sender == kept.sender]
        return Row(
            record_id="",
            sender=kept.sender,
            sender_kind=kept.sender_kind,
            received_at=_stamp(at),
            episode_ref=own[0] if own else number,
            child_ref=kept.reference,
            other_refs=";".join(quoted),
            given_names=draft.given_names,
            family_name=draft.family_name,
            date_of_birth=draft.date_of_birth,
            sex=draft.sex,
            nhs_number=draft.nhs_number,
            upn=draft.upn,
            home_line=draft.home_line,
            home_postcode=draft.home_postcode,
            placement_line=draft.placement_line,
            placement_postcode=draft.placement_postcode,
        )

    def _truth(self, kept: Record) -> TruthRow:
        child: Child = self.life.child
        return TruthRow(
            record_id="",
            child_id=child.id,
            family_id=child.family_id,
            name_origin=child.origin,
            relation=child.relation,
            sender_kind=kept.sender_kind,
            errors=";".join(kept.draft.errors) or "none",
        )


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
