"""What of an episode one role may read for one purpose: the redaction of a view, by the table of grants.

Rules kept here: silence means no (a role, a purpose, a class or a field without a row gives nothing); where a name
occurs in several classes, the narrowest that the role may open is the one it reads; a child's words leave only as
statements agreed for this role; what the table lets only some roles read is closed to all others; an agency that
stands behind a protected field is not named to whoever may not read that field. What a role is told *of* is for
`hub.routing.owed`; this module sends nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cached_property
from typing import Final

from hub.entry.golden import GoldenField, golden_rules
from hub.entry.protection import CONFIDENTIALITY, matches
from hub.entry.view import EpisodeView
from hub.ids import EventId
from hub.routing.rows import GrantRow, OnlyRow, Rules
from schemas.records import AgencyKind, DisclosedField, Disclosure, EpisodeStatus

_AGREED: Final = ".agreed_statements."
_STATUS: Final = "episode.status"
_STILL_MISSING: Final = frozenset({EpisodeStatus.MISSING, EpisodeStatus.AWAY, EpisodeStatus.RETURN_REPORTED})
FOUND: Final = "found"
"""What a reader of the mere fact reads of every status in which the child is not missing."""
_FOR_ALL: Final = "all"
_OVERRIDE: Final = "sharing_override"
_OVERRIDING: Final = frozenset({"decider", "ground", "child_told_at"})
"""What must be said for a child's agreement to be overridden."""
_MOST_FIELDS: Final = 300
"""The cap of `Notice.fields`."""
_MOST_BYTES: Final = 200_000
"""What the fields of a notice may come to: a message on an inbox is at most 256 KiB with everything round it."""
_Opened = tuple[frozenset[Disclosure], tuple[str, ...] | None, bool, str | None]
"""What a reader may have: classes, field names, the mere fact; and its role, where some fields are for some roles."""
_BESIDE_THE_VALUE: Final = 64
"""Bytes of a field besides its name and value."""


def redact(
    view: EpisodeView,
    role: str,
    purpose: str,
    rules: Rules,
    classes: Collection[Disclosure] | None = None,
) -> tuple[DisclosedField, ...]:
    """The fields of a view that a role may have for a purpose, sorted by name, one field a name.

    `classes` narrows the grant further, as a routing row does; None leaves it as the table has it. A role or purpose
    that the table does not know gets nothing.
    """
    return Redaction(view, rules).fields(role, purpose, classes)


class Redaction:
    """The redactions of one view for any number of readers; what they share is worked out once."""

    def __init__(self, view: EpisodeView, rules: Rules, beside: Iterable[DisclosedField] = ()) -> None:
        """`beside` are fields that no message states: what the hub itself counts about the episode."""
        self._view = view
        self._beside = tuple(beside)
        self._rules = rules
        self._open = [
            (known, known.as_record())
            for known in view.golden
            if known.disclosure is not Disclosure.UNKNOWN and not rules.is_never_opened(known.name)
        ]
        self._is_by_role = any(_AGREED in known.name for known, _ in self._open)
        self._known: dict[_Opened, tuple[DisclosedField, ...]] = {}

    def fields(
        self, role: str, purpose: str, classes: Collection[Disclosure] | None = None
    ) -> tuple[DisclosedField, ...]:
        """As `redact`."""
        grant = self._rules.grant(role, purpose)
        if grant is None:
            return ()
        opened = grant.classes if classes is None else grant.classes & frozenset(classes)
        is_by_role = self._is_by_role or bool(self._kept)
        key = (opened, grant.fields, grant.fact_only, role if is_by_role else None)
        if key not in self._known:
            self._known[key] = self._fields(role, grant, opened)
        return self._known[key]

    def _fields(self, role: str, grant: GrantRow, opened: frozenset[Disclosure]) -> tuple[DisclosedField, ...]:
        hidden = frozenset() if Disclosure.PROTECTED in opened else self._view.behind_protection
        shown: dict[str, DisclosedField] = {}
        kept = self._kept
        for known, record in self._open:
            name = known.name
            if known.disclosure not in opened or not (grant.fields is None or _names(grant, name)):
                continue
            if kept and any(row.closes(name, role) for row in kept):
                continue
            if _AGREED in name and not self._is_agreed_for(known, role):
                continue
            shown[name] = record if record.source_agency not in hidden else replace(record, source_agency=None)
            if grant.fact_only and name == _STATUS:
                shown[name] = replace(record, value=_fact(record.value))
        for number in (*self._numbers, *self._beside):
            if number.disclosure in opened and (grant.fields is None or _names(grant, number.name)):
                shown[number.name] = number
        return tuple(shown[name] for name in sorted(shown))

    def _is_agreed_for(self, text: GoldenField, role: str) -> bool:
        """Whether the child agreed, in that very interview, that this role may have the statement, and has not limited
        it to a time gone by; or somebody decided over that, on a ground, and the child was told.
        """
        statement = text.name.rpartition(".")[0]
        if not text.name.endswith(".text"):
            return False
        of_it = (each for each in self._view.golden if each.event == text.event)
        said = {each.name: each.value for each in of_it if each.name.startswith(f"{statement}.")}
        shared_with = said.get(f"{statement}.share_with", "").split("; ")
        until = said.get(f"{statement}.until")
        is_over = until is not None and until < self._view.facts.changed_at.isoformat()
        is_agreed = not is_over and (role in shared_with or _FOR_ALL in shared_with)
        return is_agreed or text.event in self._overridden

    @cached_property
    def _overridden(self) -> frozenset[EventId | None]:
        """Interviews whose statements are shared without the child's agreement: by a named role, on a ground, the child
        being told. Where one of the three is missing, nothing is.
        """
        said: dict[EventId | None, set[str]] = {}
        for known in self._view.golden:
            override, _, part = known.name.rpartition(".")
            if override.endswith(_OVERRIDE):
                said.setdefault(known.event, set()).add(part)
        return frozenset(event for event, parts in said.items() if parts >= _OVERRIDING)

    @cached_property
    def _kept(self) -> tuple[OnlyRow, ...]:
        """The rows by which only some roles read some fields of this episode: whoever says what they ask for, and
        whatever others say.
        """
        asked_for = {row.where for row in self._rules.only}
        said = {(known.name, known.value) for known in self._view.golden if known.name in asked_for}
        said.update((claim.field, claim.value) for claim in self._view.claims if claim.field in asked_for)
        return tuple(
            row
            for row in self._rules.only
            if any(name == row.where and (not row.values or value in row.values) for name, value in said)
        )

    @cached_property
    def _numbers(self) -> tuple[DisclosedField, ...]:
        """In place of a field that no grant opens: how many it names, where the table says so."""
        numbers = []
        for row in self._rules.never:
            if row.instead is None:
                continue
            said = [known for known in self._view.golden if self._rules.is_never_opened(known.name)]
            named = {
                name
                for known in said
                if any(matches(known.name, pattern) for pattern in row.fields)
                for name in known.value.split("; ")
            }
            if named:
                numbers.append(
                    DisclosedField(
                        name=row.instead, disclosure=row.disclosure, value=str(len(named)), source_kind=AgencyKind.HUB
                    )
                )
        return tuple(numbers)


def narrowest(fields: Iterable[DisclosedField]) -> tuple[DisclosedField, ...]:
    """Several redactions as one, sorted by name: of each name the field of the narrowest class."""
    chosen: dict[str, DisclosedField] = {}
    for field in fields:
        known = chosen.get(field.name)
        if known is None or CONFIDENTIALITY[known.disclosure] < CONFIDENTIALITY[field.disclosure]:
            chosen[field.name] = field
    return tuple(chosen[name] for name in sorted(chosen))


def fitting(fields: tuple[DisclosedField, ...]) -> tuple[DisclosedField, ...]:
    """As many of these as one notice can carry, sorted by name: the facts first, then the latest of what repeats.

    Only an episode with hundreds of sightings or a sender that fills every field comes near the bound; what is left
    out of a notice is in the register.
    """
    if len(fields) <= _MOST_FIELDS and sum(map(_size, fields)) <= _MOST_BYTES:
        return fields
    kept: list[DisclosedField] = []
    room = _MOST_BYTES
    latest_first = sorted(fields, key=_said_at, reverse=True)
    for field in sorted(latest_first, key=lambda field: golden_rules().is_several(field.name)):
        if len(kept) < _MOST_FIELDS and _size(field) <= room:
            kept.append(field)
            room -= _size(field)
    return tuple(sorted(kept, key=lambda field: field.name))


def _size(field: DisclosedField) -> int:
    return len(field.name.encode()) + len(field.value.encode()) + _BESIDE_THE_VALUE


def _said_at(field: DisclosedField) -> str:
    return "" if field.recorded_at is None else field.recorded_at.isoformat()


def _fact(status: str) -> str:
    return EpisodeStatus.MISSING if status in _STILL_MISSING else FOUND


def _names(grant: GrantRow, name: str) -> bool:
    return any(matches(name, pattern) for pattern in grant.fields or ())
