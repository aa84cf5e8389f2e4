# ruff: noqa: PLR2004 - a seeded generator makes examples, and its shares are assumptions stated where they stand
"""What each agency has in its own file of a child: made once, with its own mistakes, and used for every report.

A police force may take a child's particulars afresh each night, and may hold the same child twice; an authority's file
holds numbers and the placement; a school knows the home as it was when the child came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from deploy.linkage.generator import names
from deploy.linkage.generator.draft import Draft, ErrorKind
from deploy.linkage.generator.people import Address, Life, Stay

_ORIGINS: Final = {origin.name: origin for origin in names.origins()}

_NHS: Final = {"police": 0.04, "authority": 0.4, "placement": 0.25, "school": 0.02, "health": 0.9}
_UPN: Final = {"police": 0.0, "authority": 0.3, "placement": 0.08, "school": 0.85, "health": 0.0}
_HOME: Final = {"police": 0.85, "authority": 0.92, "placement": 0.4, "school": 0.95, "health": 0.92}
_PLACEMENT: Final = {"police": 0.6, "authority": 0.88, "placement": 0.97, "school": 0.3, "health": 0.4}
_KEEPS_OLD_ADDRESS: Final = {"police": 0.1, "authority": 0.15, "placement": 0.2, "school": 0.35, "health": 0.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One agency's own record of a child. `reference` is empty where it has none but the absence's."""

    sender: str
    sender_kind: str
    reference: str
    draft: Draft


def record(
    life: Life,
    sender: tuple[str, str],
    reference: str,
    day: date,
    kinds: Sequence[tuple[ErrorKind, float]],
    draw: Random,
) -> Record:
    """A new record made on a day by (agency, kind of agency), with this agency's mistakes in it."""
    child, (_, kind) = life.child, sender
    given, family = names.written(_ORIGINS[child.origin], child.given, child.family, draw)
    home = _stay(life.homes, day, is_stale=draw.random() < _KEEPS_OLD_ADDRESS[kind])
    placed = _stay(life.placements, day, is_stale=draw.random() < _KEEPS_OLD_ADDRESS[kind] / 2)
    numbered = 0.5 if child.is_unaccompanied else 1.0
    draft = Draft(given_names=given, family_name=family, date_of_birth=child.birth.isoformat(), sex=child.sex)
    if draw.random() < _NHS[kind] * numbered:
        draft.nhs_number = child.nhs_number
    if draw.random() < _UPN[kind] * numbered:
        draft.upn = child.upn
    if home and draw.random() < _HOME[kind]:
        draft.home_line, draft.home_postcode = _as_typed(home.address, draw)
    if placed and draw.random() < _PLACEMENT[kind]:
        draft.placement_line, draft.placement_postcode = _as_typed(placed.address, draw)
    for error, rate in kinds:
        error.befall(draft, child, kind, rate, draw)
    if draw.random() < 0.06:
        draft.given_names, draft.family_name = draft.given_names.upper(), draft.family_name.upper()
    return Record(sender=sender[0], sender_kind=kind, reference=reference, draft=draft)


def _stay(stays: Sequence[Stay], day: date, *, is_stale: bool) -> Stay | None:
    reached = [stay for stay in stays if stay.begins <= day]
    if not reached:
        return None
    return reached[-2] if is_stale and len(reached) > 1 else reached[-1]


def _as_typed(address: Address, draw: Random) -> tuple[str, str]:
    line, postcode = address.line, address.postcode
    chance = draw.random()
    if chance < 0.25:
        for long, short in (("Road", "Rd"), ("Street", "St"), ("Avenue", "Ave"), ("Close", "Cl"), ("Drive", "Dr")):
            line = line.replace(long, short)
    if chance > 0.7:
        line = line.rsplit(", ", 1)[0]
    if chance > 0.9:
        line = line.split(", ", 1)[-1]
    if 0.4 < chance < 0.48:
        line = line.upper()
    if chance < 0.05:
        return line, ""
    return line, postcode.replace(" ", "") if 0.2 < chance < 0.3 else postcode
