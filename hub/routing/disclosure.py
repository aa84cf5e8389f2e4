"""What of an episode one role may read for one purpose: the redaction of a view, by the table of grants.

Rules kept here: silence means no (a role, a purpose, a class or a field without a row gives nothing); where a name
occurs in several classes, the narrowest that the role may open is the one it reads; a child's words leave only as
statements agreed for this role; an agency that stands behind a protected field is not named to whoever may not
read that field. What a role is told *of* is for `hub.routing.owed`; this module sends nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from hub.entry.protection import CONFIDENTIALITY, matches
from hub.entry.view import EpisodeView
from hub.ids import HUB, AgencyId
from hub.routing.rules import GrantRow, Rules
from schemas.records import AgencyKind, DisclosedField, Disclosure

_AGREED: Final = ".agreed_statements."
_FOR_ALL: Final = "all"


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
    grant = rules.grant(role, purpose)
    if grant is None:
        return ()
    opened = grant.classes if classes is None else grant.classes & frozenset(classes)
    behind_protection = _agencies_behind_protection(view) if Disclosure.PROTECTED not in opened else frozenset()
    shown: dict[str, DisclosedField] = {}
    for known in view.golden:
        if known.disclosure not in opened or not _names_field(grant, known.name):
            continue
        if _AGREED in known.name and not _is_agreed_for(view, known.name, role):
            continue
        if rules.is_never_opened(known.name):
            continue
        record = known.as_record()
        if record.source_agency in behind_protection:
            record = replace(record, source_agency=None)
        shown[known.name] = record
    for number in _numbers(view, grant, opened, rules):
        shown[number.name] = number
    return tuple(shown[name] for name in sorted(shown))


def narrowest(fields: Iterable[DisclosedField]) -> tuple[DisclosedField, ...]:
    """Several redactions as one, sorted by name: of each name the field of the narrowest class."""
    chosen: dict[str, DisclosedField] = {}
    for field in fields:
        known = chosen.get(field.name)
        if known is None or CONFIDENTIALITY[known.disclosure] < CONFIDENTIALITY[field.disclosure]:
            chosen[field.name] = field
    return tuple(chosen[name] for name in sorted(chosen))


def _names_field(grant: GrantRow, name: str) -> bool:
    return grant.fields is None or any(matches(name, pattern) for pattern in grant.fields)


def _is_agreed_for(view: EpisodeView, name: str, role: str) -> bool:
    """Whether the child agreed that this role may have the statement, and has not limited it to a time gone by."""
    statement = name.rpartition(".")[0]
    if not name.endswith(".text"):
        return False
    said = {known.name: known.value for known in view.golden if known.name.startswith(f"{statement}.")}
    shared_with = said.get(f"{statement}.share_with", "").split("; ")
    until = said.get(f"{statement}.until")
    is_over = until is not None and until < view.facts.changed_at.isoformat()
    return not is_over and (role in shared_with or _FOR_ALL in shared_with)


def _agencies_behind_protection(view: EpisodeView) -> frozenset[AgencyId]:
    """Who stands behind a protected field, where an address of the child is marked protected."""
    flag = view.known("person.flags.protected_address.value")
    marked = any(known.name.endswith(".protected") for known in view.golden)
    if not marked and (flag is None or flag.value != "yes"):
        return frozenset()
    return frozenset(
        claim.sender for claim in view.claims if claim.disclosure is Disclosure.PROTECTED and claim.sender != HUB
    )


def _numbers(
    view: EpisodeView, grant: GrantRow, opened: Collection[Disclosure], rules: Rules
) -> Iterator[DisclosedField]:
    """In place of a field that no grant opens: how many it names, where the table says so."""
    for row in rules.never:
        if row.instead is None or row.disclosure not in opened or not _names_field(grant, row.instead):
            continue
        named = {
            name
            for known in view.golden
            if any(matches(known.name, pattern) for pattern in row.fields)
            for name in known.value.split("; ")
        }
        if named:
            yield DisclosedField(
                name=row.instead, disclosure=row.disclosure, value=str(len(named)), source_kind=AgencyKind.HUB
            )
