"""What an episode's facts say of the child's circumstances, where several of them have to be read together.

Whether a child counts as looked after, flagged or exploited: each asked here once, of an episode as the fold made it.
"""

from collections.abc import Collection
from typing import Final

from hub.episode.model import Episode
from schemas.records import Answer, CareStatus, FlagKind, PlacementKind, RiskFactor

__all__ = ["is_exploited", "is_flagged", "is_looked_after"]

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


def is_looked_after(episode: Episode) -> bool:
    """True if a standing statement says so for the time of the absence, or the kind of placement supposes it."""
    placed, began = episode.placement, episode.began_at.date()
    return any(
        care.status is CareStatus.LOOKED_AFTER and (care.until_date is None or care.until_date >= began)
        for care in episode.care
    ) or (placed is not None and placed.kind in _IN_CARE)


def is_flagged(episode: Episode, kinds: Collection[FlagKind]) -> bool:
    """True if a flag of these kinds is answered yes; one whose review lay before the absence has expired."""
    return any(
        flag.kind in kinds
        and flag.value is Answer.YES
        and (flag.review_by is None or flag.review_by >= episode.began_at)
        for flag in episode.flags
    )


def is_exploited(episode: Episode) -> bool:
    """True if flagged for exploitation or trafficking, or a police assessment rests on it."""
    return is_flagged(episode, _EXPLOITATION_FLAGS) or any(
        not _EXPLOITED.isdisjoint(one.factors) for one in episode.risk.assessments
    )
