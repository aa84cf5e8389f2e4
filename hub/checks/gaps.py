"""What is asked for when a message leaves it out, by type of message.

The table is short on purpose: who reports a missing child at night is asked for what somebody needs in order to act
(who, last seen, whom to ring), and later messages for the one word that gives them their meaning. Everything else may
be missing for ever. Source: domain rule "signed and naming somebody: accepted with gaps, routed, gaps asked for".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from hub.identity.placeholders import is_no_reference
from schemas.records import AgencyMessage, Finding, FindingKind, Person

_LATER: Final = "send it in a MissingAmended when you can"
_CORRECT: Final = "send a CorrectionMade when you can"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing asked for: given if any of the paths leads to something other than nothing or `unknown`."""

    paths: tuple[str, ...]
    rule: str
    remedy: str = _CORRECT


_WHO: Final = _Asked(
    ("person.given_names", "person.family_name", "person.other_names", "person.description"),
    "gives no name and no description of the child",
    _LATER,
)
_REFERENCE: Final = _Asked(
    ("child_ref", "episode_ref"),
    "is missing, so nothing later can be matched with this message",
    "send the same report again with your own reference for the child, under a new id",
)
_CALL_BACK: Final = _Asked(
    ("contact.telephone",),
    "gives no number to call back",
    "send it again with a number that is answered now, under a new id, or ring the police",
)
_ASKED: Final[Mapping[str, tuple[_Asked, ...]]] = {
    "MissingReported": (
        _WHO,
        _Asked(
            ("last_seen.at", "last_seen.not_known", "last_seen.place"),
            "does not say when or where the child was last seen",
            f"{_LATER}; `not_known` is an answer too",
        ),
        _CALL_BACK,
        _Asked(("status",), "does not say whether the child is missing or away from placement", _LATER),
        _Asked(("police_contact.state",), "does not say whether the police were rung", f"ring the police; {_LATER}"),
    ),
    "StatusClaimed": (_Asked(("status",), "is not given"),),
    "PoliceResponse": (_Asked(("decision",), "is not given"),),
    "RiskAssessed": (_Asked(("grade",), "is not given, and counts as high until it is"),),
    "SightingReported": (
        _Asked(("seen_at", "occurred_at"), "does not say when"),
        _Asked(("place", "position", "area_code"), "does not say where"),
    ),
    "ChildFound": (
        _Asked(("found_at", "occurred_at"), "does not say when"),
        _Asked(("seen_by",), "does not say who saw the child, and ends no search until it does"),
    ),
    "ReturnArranged": (_Asked(("arrangement",), "is not given"),),
    "ChildReturned": (
        _Asked(("returned_at", "occurred_at"), "does not say when"),
        _Asked(("to",), "does not say where the child returned to"),
    ),
    "ReportCancelled": (_Asked(("reason",), "is not given"),),
    "CorrectionMade": (_Asked(("changes",), "names no field"),),
    "PreventionInterviewRecorded": (_Asked(("outcome",), "is not given"),),
    "ReturnInterviewOffered": (_Asked(("attempts", "planned_at"), "names no attempt and no time"),),
    "ReturnInterviewRecorded": (_Asked(("outcome",), "is not given"),),
    "StrategyDecisionRecorded": (_Asked(("decision",), "is not given"),),
    "PlacementChanged": (_Asked(("from_placement", "to_placement"), "names no placement"),),
    "CareStatusChanged": (_Asked(("statuses",), "gives no status"),),
    "OwnershipTransferred": (_Asked(("step",), "is not given"),),
    "EnquiryRequested": (_Asked(("state",), "is not given"),),
    "ExclusionSet": (
        _Asked(("state",), "is not given"),
        _Asked(
            ("excluded_agency", "excluded_role"),
            "does not say of which agency or in which role somebody is excluded, and shuts nobody out until it does",
        ),
    ),
    "PublicityDecided": (_Asked(("decision",), "is not given"),),
    "LinkDecided": (_Asked(("decision",), "is not given, and decides nothing until it is"),),
}
_WITHOUT_REFERENCE: Final = frozenset({"LinkDecided"})
_GETTERS: Final = {
    path: attrgetter(path)
    for asked in (_REFERENCE, *(each for rows in _ASKED.values() for each in rows))
    for path in asked.paths
}


def gap_findings(record: AgencyMessage) -> Iterator[Finding]:
    """What this message is asked for."""
    asked = _ASKED.get(record.SCHEMA_NAME, ())
    if record.SCHEMA_NAME not in _WITHOUT_REFERENCE:
        asked = (_REFERENCE, *asked)
    for each in asked:
        if not any(_is_given(record, path) for path in each.paths):
            yield Finding(field=each.paths[0], rule=each.rule, remedy=each.remedy, kind=FindingKind.GAP)
    person: Person | None = getattr(record, "person", None)
    if person is not None:
        yield from _person_gaps(person)


def _person_gaps(person: Person) -> Iterator[Finding]:
    for index, flag in enumerate(person.flags):
        if flag.value == "unknown":
            where, rule = f"person.flags[{index}].value", "is not given, and counts as not known to you"
            yield Finding(field=where, rule=rule, remedy=_CORRECT, kind=FindingKind.GAP)


def _is_given(record: AgencyMessage, path: str) -> bool:
    try:
        value = _GETTERS[path](record)
    except AttributeError:
        return False
    if path in _REFERENCE.paths and isinstance(value, str):
        return bool(value) and not is_no_reference(value)
    return value not in {None, False, "", "unknown"} if not isinstance(value, tuple) else bool(value)
