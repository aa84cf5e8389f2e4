"""Everything known of one episode, field by field, each with its class: what disclosure and the register draw on.

The fold decides status, start, end, phases and police position; this module puts them beside what each agency says,
chooses the golden value of each field and finds the disagreements. It redacts nothing and addresses nobody. The same
state gives the same view, whatever the order in which its events came.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.entry.course import NO_COURSE, Course
from hub.entry.disagreements import FieldDisagreement, disagreements
from hub.entry.episode_facts import EpisodeFacts, episode_facts
from hub.entry.golden import GoldenField, GoldenRules, golden_rules, golden_view, latest_claims
from hub.entry.kept import kept_of_child
from hub.entry.protection import CONFIDENTIALITY, Protection, Raise, narrower, protection
from hub.entry.statements import Statement, statements, text
from hub.episode.holding import UNRECORDED
from hub.episode.model import ChildState, Episode
from hub.event import Event
from hub.ids import HUB, AgencyId, EpisodeId
from schemas.records import AgencyKind, Answer, Disclosure, MissingReported

_AREA_FIELDS: Final = ("area_code", "host_authority", "responsible_authority")
_POLICE: Final = "police."
_DECISION: Final = "police.decision"
_NAMES: Final = frozenset({"police.reference", "police.owning_unit"})
_DENIALS: Final = frozenset(str(answer) for answer in UNRECORDED)
_MARK: Final = ".protected"
_FLAG: Final = "person.flags.protected_address.value"
_NOT_AN_AREA: Final = CONFIDENTIALITY[Disclosure.PROTECTED]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeView:
    """One episode as the hub knows it: the golden view, what each agency says, and where they differ.

    `golden` is sorted by name, then from the wider class to the narrower; a name occurs again where a narrower
    class knows better. `areas` are the GSS codes of the authorities whom the episode concerns, none of them known
    from a protected field alone.
    """

    facts: EpisodeFacts
    golden: tuple[GoldenField, ...]
    claims: tuple[Statement, ...]
    disagreements: tuple[FieldDisagreement, ...]
    areas: frozenset[str]
    keeps_an_address: bool = False
    """Whether an address of the child is protected, by what is said of it in this absence or in another."""
    course: Course = NO_COURSE
    """What it owes and who was told of it; empty in a view that is made for notices."""

    @property
    def episode(self) -> EpisodeId:
        """The episode that this is about."""
        return self.facts.episode

    @property
    def behind_protection(self) -> frozenset[AgencyId]:
        """Who said what is protected, where an address of the child is: whoever knows a safe address may be near it."""
        if not self.keeps_an_address:
            return frozenset()
        return frozenset(claim.sender for claim in self.claims if claim.disclosure is Disclosure.PROTECTED) - {HUB}

    def known(self, name: str) -> GoldenField | None:
        """The golden field of the widest class under this name, or None where nobody said anything."""
        return next((one for one in self.golden if one.name == name), None)


def view(state: ChildState, episode: Episode) -> EpisodeView:
    """The view of one episode of a child's state, by the tables of this package."""
    return view_of(episode_facts(state, episode), episode.standing, of_child=kept_of_child(state))


def said_of(
    facts: EpisodeFacts,
    events: Iterable[Event],
    rules: GoldenRules | None = None,
    raised: Protection | None = None,
    of_child: Collection[Raise] = (),
) -> tuple[Statement, ...]:
    """Every statement of these events in the class in which it may be shown, a sealed outcome apart; as `view_of`."""
    bearing = tuple(events)
    reporters = (event.sender for event in bearing if isinstance(event.body, MissingReported))
    said = statements(bearing, (rules or golden_rules()).subjects)
    return (raised or protection()).applied(said, of_child, frozenset((*facts.parties, *reporters)))


def view_of(
    facts: EpisodeFacts,
    events: Iterable[Event],
    rules: GoldenRules | None = None,
    raised: Protection | None = None,
    of_child: Collection[Raise] = (),
) -> EpisodeView:
    """The view of an episode from the fold's facts and its standing events, corrections applied.

    `rules` and `raised` are the tables of this package unless others are given; `of_child` are the rows of protection
    that what is said in other absences sets off.
    """
    rules = rules or golden_rules()
    said = said_of(facts, events, rules, raised, of_child)
    if facts.sealed_from is not None:
        said = tuple(_sealed(statement, facts.sealed_from) for statement in said)
    claims = latest_claims(said, rules)
    return EpisodeView(
        facts=facts,
        golden=tuple(sorted((*_of_the_fold(facts), *golden_view(_counted(facts, claims), rules)), key=_place)),
        claims=claims,
        disagreements=disagreements(claims, rules),
        areas=_areas(facts, claims),
        keeps_an_address=bool(of_child) or any(map(_keeps_an_address, claims)),
    )


def _keeps_an_address(claim: Statement) -> bool:
    return claim.field.endswith(_MARK) or (claim.field == _FLAG and claim.value == Answer.YES)


def _sealed(statement: Statement, sealed_from: int) -> Statement:
    """What was said from a death on is restricted; a protected address stays what it is, so that no desk gains it."""
    if statement.order < sealed_from or statement.disclosure is Disclosure.PROTECTED:
        return statement
    return replace(statement, disclosure=narrower(statement.disclosure, Disclosure.RESTRICTED))


def _counted(facts: EpisodeFacts, claims: Sequence[Statement]) -> Sequence[Statement]:
    """What may be chosen: where a force has the case, no other's word that it does not record the child, and no other's
    reference or unit beside its own (law 3). All of it stays among the claims.
    """
    owner = next((agency for agency, roles in facts.parties.items() if "owning_force" in roles), None)
    if owner is None:
        return claims
    denials = {claim.event for claim in claims if claim.field == _DECISION and claim.value in _DENIALS}
    named = {claim.field for claim in claims if claim.field in _NAMES and claim.sender == owner}
    return [
        claim
        for claim in claims
        if not (claim.field.startswith(_POLICE) and claim.event in denials)
        and (claim.field not in named or claim.sender == owner)
    ]


def _of_the_fold(facts: EpisodeFacts) -> tuple[GoldenField, ...]:
    ended = Disclosure.RESTRICTED if facts.is_sealed else Disclosure.CIRCUMSTANCES
    known: list[tuple[str, object, Disclosure]] = [
        ("status", facts.status, Disclosure.ROUTING),
        ("police_position", facts.police_position, Disclosure.ROUTING),
        ("began_at", facts.began_at, Disclosure.CIRCUMSTANCES),
        ("ended_at", facts.ended_at, ended),
        ("risk", facts.risk, Disclosure.SAFEGUARDING),
    ]
    return tuple(
        GoldenField(
            name=f"episode.{name}",
            disclosure=disclosure,
            value=said,
            source_kind=AgencyKind.HUB,
            source_agency=HUB,
            event=facts.basis.get(name),
        )
        for name, value, disclosure in known
        if (said := text(value)) is not None
    )


def _place(known: GoldenField) -> tuple[str, int]:
    return known.name, CONFIDENTIALITY[known.disclosure]


def _areas(facts: EpisodeFacts, claims: Iterable[Statement]) -> frozenset[str]:
    """Areas of what is no secret. A host authority known from a protected address alone is told by notice only: a
    key for its area would tell everybody with a grant there.
    """
    open_claims = [claim for claim in claims if CONFIDENTIALITY[claim.disclosure] < _NOT_AN_AREA]
    named = {claim.value for claim in open_claims if claim.field.rpartition(".")[2] in _AREA_FIELDS}
    authorities = {claim.sender for claim in open_claims if claim.sender_kind is AgencyKind.AUTHORITY}
    responsible = {agency for agency, roles in facts.parties.items() if "responsible" in roles}
    return frozenset(named | authorities | responsible)
