"""One episode with everybody who may be told of it: what the notices of duties and of ladders are both made from.

A value that puts together what `hub.routing.owed` has worked out anyway. It decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hub.delivery.points import Seat, ToldDuty
from hub.ids import AgencyId
from hub.routing.calls import Calls
from hub.routing.case import Case
from hub.routing.entitlement import Entitlements
from hub.routing.knowledge import Knowledge
from hub.routing.level import Levels
from hub.routing.notices import Desk
from hub.routing.recipients import Recipients
from hub.routing.rows import Rules

ToldDuties: TypeAlias = Mapping[Seat, Mapping[str, list[ToldDuty]]]
"""What every desk was told of each duty or step, by the id of its deadline, in the order told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who writes, who is entitled, what each seat may see and knows, who is reached, and who rings whom.

    `desk` writes notices, and `calls` those that ask an owner to telephone others. `caller` is whoever rings
    somebody that is not reached; None where nobody can. `acting` are the desks that act for a desk at a time.
    """

    desk: Desk
    entitled: Entitlements
    recipients: Recipients
    levels: Levels
    knows: Mapping[Seat, Knowledge]
    rules: Rules
    reached: Callable[[AgencyId], bool]
    caller: Callable[[Seat], AgencyId | None]
    calls: Calls
    acting: Callable[[Seat, datetime], tuple[Seat, ...]]

    @property
    def case(self) -> Case:
        """The episode as the rules look at it."""
        return self.desk.case
