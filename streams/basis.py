"""What a look at a child goes by: directory, rules, reference; and what a worker asks of a state by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hub.deadlines import Deadline, deadlines
from hub.delivery import Proof, proofs
from hub.directory import Directory
from hub.entry.view import EpisodeView, view
from hub.episode.model import ChildState
from hub.ids import EpisodeId, NoticeId
from hub.reference import Reference
from hub.routing import OwedNotice, ladder_deadlines, turning_points, unsent
from hub.routing.owed import Cause
from hub.rulebook import Rulebook

Views: TypeAlias = Mapping[EpisodeId, EpisodeView]
Proofs: TypeAlias = Mapping[NoticeId, Proof]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a look goes by."""

    directory: Directory
    as_of: datetime
    """When the broker appended the newest record of the directory."""
    rules: Rulebook
    reference: Reference

    def unsent(self, state: ChildState, views: Views) -> dict[Cause, tuple[OwedNotice, ...]]:
        """What is owed and not told, by cause."""
        return unsent(
            state, self.directory, self.rules.routing, self.reference, views=views,
            deadline_rules=self.rules.deadlines, delivery_rules=self.rules.delivery,
        )  # fmt: skip

    def duties(self, state: ChildState) -> tuple[Deadline, ...]:
        """The duties of a child."""
        return deadlines(state, self.rules.deadlines, self.directory, self.reference)

    def ladders(
        self, state: ChildState, views: Views | None = None, proved: Proofs | None = None
    ) -> tuple[Deadline, ...]:
        """The next steps of the ladders of a child's notices, and the times at which others have to be told."""
        steps = ladder_deadlines(
            state, self.directory, self.rules.routing, self.reference, delivery_rules=self.rules.delivery, views=views,
            proved=proved,
        )  # fmt: skip
        return (*steps, *turning_points(state, self.rules.routing))

    def proofs(self, state: ChildState) -> Proofs:
        """How far each notice of a child got."""
        return proofs(state, self.directory)

    def watched(self, state: ChildState) -> tuple[Deadline, ...]:
        """Everything of a child that the clock watches: its duties, the steps of its ladders, what time changes."""
        return (*self.duties(state), *self.ladders(state))


def views_of(state: ChildState) -> Views:
    """What is known of each episode, made once for the notices and for the entry."""
    return {episode.id: view(state, episode) for episode in state.episodes}
