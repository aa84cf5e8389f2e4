"""What the clock raised for a child and still stands, and the notices that it makes owed, episode by episode.

Deadlines and ladders are computed only for a child of whom something was raised or told of a duty, so that a child
without costs what it did. Which stage stands is for `hub.deadlines`; who is told, and in which words, for
`hub.routing.raised` and `hub.routing.steps`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from hub.deadlines import Deadline, DeadlineRules, deadlines, packaged_deadline_rules, still_true
from hub.delivery.ladder import PREFIX
from hub.delivery.points import is_of_the_clock
from hub.delivery.proof import Call, Proof, calls, proofs
from hub.delivery.rules import DeliveryRules, packaged_delivery_rules
from hub.directory import Directory
from hub.episode.model import ChildState
from hub.ids import NoticeId
from hub.reference import Reference
from hub.routing.ladders import climbs_of, still_to_make
from hub.routing.raised import RaisedNotices, told_duties
from hub.routing.setting import Setting
from hub.routing.steps import StepNotices
from hub.routing.writing import OwedNotice
from schemas.records import DeadlineRaised


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The duties of a child as they stand, where anything was raised; `climbs` if a step of a ladder was."""

    state: ChildState
    directory: Directory
    duties: tuple[Deadline, ...]
    proved: Mapping[NoticeId, Proof]
    made: tuple[Call, ...]
    delivery: DeliveryRules

    @classmethod
    def of(
        cls,
        state: ChildState,
        directory: Directory,
        reference: Reference,
        deadline_rules: DeadlineRules | None,
        delivery_rules: DeliveryRules | None,
    ) -> Self | None:
        """The clock of a child; None where nothing was raised, which is the most frequent case by far."""
        raised = [event.body.duty for event in state.standing if isinstance(event.body, DeadlineRaised)]
        if not raised and not any(is_of_the_clock(fact.row) for fact in state.told.values()):
            return None
        climbs = any(duty.startswith(PREFIX) for duty in raised)
        return cls(
            state=state,
            directory=directory,
            duties=deadlines(state, deadline_rules or packaged_deadline_rules(), directory, reference),
            proved=proofs(state, directory) if climbs else {},
            made=calls(state) if climbs else (),
            delivery=delivery_rules or packaged_delivery_rules(),
        )

    def notices(self, setting: Setting) -> Iterator[OwedNotice]:
        """What the raised duties and steps of one episode make owed."""
        case = setting.case
        present = [duty for duty in self.duties if duty.episode == case.episode.id]
        raised, told = still_true(self.state, present), told_duties(case)
        yield from RaisedNotices(setting, told).of(raised, present)
        if self.proved:
            climbs = climbs_of(case, setting.entitled, self.proved, self.made, self.directory, self.delivery)
            by_duty = {climb.step.duty: climb for climb in climbs}
            unmade = still_to_make(case, setting.entitled, self.proved, self.made, self.delivery)
            steps = StepNotices(setting, self.delivery, unmade, told)
            for each in still_true(self.state, [climb.deadline for climb in climbs]):
                yield from steps.of(by_duty[each.deadline.duty], each)
