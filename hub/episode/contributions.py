"""What each type of message contributes to the fold: one row a type, and no rule beside it.

A row says which field holds the time the message speaks of, how the message finds the absence it bears on, which
field names an earlier message, and whether it counts in an entry's sequence. What its fields then mean is said once,
in the module named after the thing (`status`, `risk`, `authorities`…), which asks for the types it reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Placing(StrEnum):
    """How a message finds the absence it bears on, where neither an earlier message nor a reference tells."""

    SHAPES = "shapes"
    """It makes absences: where they begin and end is computed from it."""
    CURRENT = "current"
    """The last absence begun before it."""
    SEEN = "seen"
    """The last absence begun before it in which the child could be spoken to: found or back."""
    CHILD = "child"
    """It speaks of the child; it bears on an absence only while that lasts or shortly after."""
    MOVE = "move"
    """It tells of a move of the child: as of the child, and before an absence, while the host has still to be told."""
    NAMED = "named"
    """It names the episode by the hub's own id."""
    NOWHERE = "nowhere"
    """It bears on the child's claims or on delivery, on no absence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One row: what a type of message contributes.

    `moment` is the field with the time it speaks of; it counts as stated where it `lies_ahead` by nature, otherwise
    never later than acceptance. `link` is the field that names an earlier message. `counts` in the sequence: who was
    told, and what the clock raised, do not, so that a number says nothing of them.
    """

    placing: Placing
    moment: str | None = None
    lies_ahead: bool = False
    link: str | None = None
    counts: bool = True


CONTRIBUTIONS: Final[Mapping[str, Contribution]] = MappingProxyType(
    {
        "MissingReported": Contribution(placing=Placing.SHAPES),
        "MissingAmended": Contribution(placing=Placing.CURRENT, link="amends"),
        "ReportCancelled": Contribution(placing=Placing.CURRENT, link="cancels"),
        "CorrectionMade": Contribution(placing=Placing.CURRENT, link="corrects"),
        "StatusClaimed": Contribution(placing=Placing.SHAPES, moment="since"),
        "PoliceResponse": Contribution(placing=Placing.SHAPES, link="answers"),
        "RiskAssessed": Contribution(placing=Placing.CURRENT),
        "SightingReported": Contribution(placing=Placing.CURRENT, moment="seen_at"),
        "ChildFound": Contribution(placing=Placing.SHAPES, moment="found_at"),
        "ReturnArranged": Contribution(placing=Placing.CURRENT),
        "ChildReturned": Contribution(placing=Placing.SHAPES, moment="returned_at"),
        "PreventionInterviewRecorded": Contribution(placing=Placing.SEEN, moment="held_at"),
        "ReturnInterviewOffered": Contribution(placing=Placing.SEEN),
        "ReturnInterviewRecorded": Contribution(placing=Placing.SEEN, moment="held_at"),
        "StrategyDecisionRecorded": Contribution(placing=Placing.CURRENT, moment="decided_at"),
        "PlacementChanged": Contribution(placing=Placing.MOVE, moment="started_at", lies_ahead=True),
        "CareStatusChanged": Contribution(placing=Placing.CHILD),
        "OwnershipTransferred": Contribution(placing=Placing.CURRENT, link="proposal"),
        "EnquiryRequested": Contribution(placing=Placing.CURRENT, link="answers"),
        "ToldByOtherMeans": Contribution(placing=Placing.CURRENT, moment="told_at", counts=False),
        "ExclusionSet": Contribution(placing=Placing.CHILD),
        "PublicityDecided": Contribution(placing=Placing.CURRENT, moment="decided_at"),
        "SupportArranged": Contribution(placing=Placing.CHILD),
        "LinkDecided": Contribution(placing=Placing.NOWHERE),
        "ClaimAssigned": Contribution(placing=Placing.NOWHERE),
        "DeadlineRaised": Contribution(placing=Placing.NAMED, counts=False),
        "DisagreementFound": Contribution(placing=Placing.NAMED, counts=False),
        "Told": Contribution(placing=Placing.NOWHERE, counts=False),
        "Acknowledged": Contribution(placing=Placing.NOWHERE, counts=False),
    }
)
"""Every type that a child's log may hold."""
