"""What an episode's facts say of the child's circumstances, where several of them have to be read together.

Whether a child counts as looked after, flagged or exploited, and whether its parents may be asked anything: each
question is put here once, to an episode as the fold made it.
"""

from collections.abc import Collection, Iterable
from typing import Final

from hub.episode.facts import covers
from hub.episode.model import Episode, Exclusion
from schemas.records import (
    Answer,
    CareStatus,
    ChildFound,
    FlagKind,
    MayBeTold,
    MissingReported,
    Nature,
    PlacementKind,
    Relation,
    RiskFactor,
)

__all__ = ["is_exploited", "is_flagged", "is_looked_after", "is_of_relation", "parents_may_be_asked"]

_IN_CARE: Final = frozenset(
    {
        PlacementKind.FOSTER,
        PlacementKind.CHILDRENS_HOME,
        PlacementKind.SECURE,
        PlacementKind.SUPPORTED_ACCOMMODATION,
        PlacementKind.REMAND,
    }
)
"""Kinds of placement that only a looked-after child is in (c)."""
_EXPLOITED: Final = frozenset({RiskFactor.EXPLOITATION, RiskFactor.TRAFFICKING, RiskFactor.CRIMINAL_EXPLOITATION})
_EXPLOITATION_FLAGS: Final = frozenset({FlagKind.EXPLOITATION, FlagKind.TRAFFICKING})

_PARENTS: Final = frozenset({Relation.PARENT, Relation.CARER})
_PARENTAL: Final = ("parent", "mother", "father", "family")
"""Words of which one stands in whatever role an exclusion of a parent names."""
_WORDS: Final = {Relation.PARENT: _PARENTAL, Relation.CARER: ("carer",)}
_NOT_IN_FULL: Final = frozenset({MayBeTold.SAFE_ONLY, MayBeTold.NOTHING})


def is_looked_after(episode: Episode) -> bool:
    """True if a standing statement says so for the time of the absence, or the kind of placement supposes it."""
    placed, began = episode.placement, episode.began_at.date()
    ended = None if episode.ended_at is None else episode.ended_at.date()
    return any(
        care.status is CareStatus.LOOKED_AFTER
        and covers(None, care.until_date, began)
        and (ended is None or covers(care.from_date, None, ended))
        for care in episode.care
    ) or (placed is not None and placed.kind in _IN_CARE)


def is_flagged(episode: Episode, kinds: Collection[FlagKind]) -> bool:
    """True if a flag of these kinds is answered yes; one whose review lay before the absence has expired.

    One that expires in its course counts on until it is over: that a date has passed says nothing of the danger, and
    would take back from everybody what they search by (c).
    """
    return any(
        flag.kind in kinds and flag.value is Answer.YES and not flag.has_expired_by(episode.began_at)
        for flag in episode.flags
    )


def is_exploited(episode: Episode) -> bool:
    """True if flagged for exploitation or trafficking, or a police assessment rests on it."""
    return is_flagged(episode, _EXPLOITATION_FLAGS) or any(
        not _EXPLOITED.isdisjoint(one.factors) for one in episode.risk.assessments
    )


def parents_may_be_asked(episode: Episode, exclusions: Iterable[Exclusion]) -> bool:
    """False where asking the parents who fetches the child could bring it back to what it fled. `exclusions` stand.

    A parent is excluded (the child told of harm by one, or somebody decided so), may not be told in full, took the
    child, is not safe to ring; or the child was found at an address that is kept.
    """
    if episode.nature is Nature.TAKEN_BY_FAMILY:
        return False
    if any(is_of_relation(one, Relation.PARENT) for one in exclusions):
        return False
    if any(report.relation in _PARENTS and report.may_be_told in _NOT_IN_FULL for report in episode.reports):
        return False
    if any(body.address is not None and body.address.protected for _, body in episode.of(ChildFound)):
        return False
    contacts = (body.family_contact for _, body in episode.of(MissingReported))
    return all(contact is None or contact.safe_to_contact is not Answer.NO for contact in contacts)


def is_of_relation(exclusion: Exclusion, relation: Relation) -> bool:
    """Whether an exclusion is about whoever stands to the child as this parent or carer does, by the role it names."""
    role = (exclusion.role or "").lower()
    return any(word in role for word in _WORDS.get(relation, ()))
