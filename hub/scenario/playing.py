"""Plays a scenario on simulated time: messages, answers and what the clock raises, in the order of their times.

At one moment, what is said comes first, then what recipients answer at once, then the clock, then what the file expects
to hold. Between two moments nothing happens, so a month of silence costs nothing.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from hub.episode.model import ChildState
from hub.ids import AgencyId, ChildId, EventId, derived_id, first_child_id
from hub.reference import Reference
from hub.rulebook import Rulebook
from hub.scenario.document import whole_number
from hub.scenario.model import Acknowledges, Connects, Expectation, Filing, Said, Scenario, Step
from hub.scenario.reading import scenario_of
from hub.scenario.scene import Difference, Scene, is_about
from hub.scenario.simulated import Heard, Sent, SimulatedHub, claim_of
from hub.scenario.what_if import Variation
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AgencyMessage,
    Ask,
    NoticeKind,
    NoticeRef,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    ToldByOtherMeans,
)

_EVERY: Final = ("all", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """An expectation that does not hold, with everything that differs."""

    expectation: Expectation
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class Played:
    """A scenario that was played: the hub as it stands at the end, and what is not as expected."""

    scenario: Scenario
    hub: SimulatedHub
    missed: tuple[Missed, ...]
    heard: dict[EventId, Heard]
    checks: int
    scene: Scene

    @property
    def holds(self) -> bool:
        """True if everything is as expected."""
        return not self.missed


def play(scenario: Scenario, rulebook: Rulebook, reference: Reference, until: datetime | None = None) -> Played:
    """Play a scenario to its end, or up to and with a moment."""
    run = _Run(scenario=scenario, rulebook=rulebook, reference=reference)
    missed: list[Missed] = []
    checks = 0
    stop = until or scenario.ends_at
    for expectation in scenario.expectations:
        if expectation.at > stop:
            break
        run.go_to(expectation.at)
        scene = run.scene(expectation.at)
        differences = tuple(found for check in expectation.checks for found in check.run(scene))
        checks += len(expectation.checks)
        if differences and until is None:
            missed.append(Missed(expectation=expectation, differences=differences))
    run.go_to(stop)
    return Played(
        scenario=scenario,
        hub=run.hub,
        missed=tuple(missed),
        heard=run.heard,
        checks=checks,
        scene=run.scene(stop),
    )


@dataclass(order=True, slots=True)
class _Answer:
    """What a recipient will say of a notice, and when."""

    at: datetime
    number: int
    sent: Sent = field(compare=False)
    layer: Acknowledgement = field(compare=False)


@dataclass(kw_only=True)
class _Run:
    scenario: Scenario
    rulebook: Rulebook
    reference: Reference
    heard: dict[EventId, Heard] = field(default_factory=dict)
    _waiting: list[Step] = field(default_factory=list)
    _answers: list[_Answer] = field(default_factory=list)
    _answered: int = 0
    _claims: dict[str, list[Heard]] = field(default_factory=dict)
    _children: dict[str, ChildId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hub = SimulatedHub(
            directory=self.scenario.directory, rulebook=self.rulebook.with_repeats(self.scenario.settings.repeats),
            reference=self.reference,
        )  # fmt: skip
        self._waiting = list(reversed(self.scenario.steps))

    def go_to(self, moment: datetime) -> None:
        """Everything that happens up to and with a moment."""
        while True:
            times = [self._waiting[-1].at] if self._waiting else []
            times += [self._answers[0].at] if self._answers else []
            times += [wakes] if (wakes := self.hub.wakes_at()) is not None else []
            if not times or min(times) > moment:
                return
            self._moment(min(times))

    def scene(self, at: datetime) -> Scene:
        """What can be looked at now."""
        return Scene(
            at=at,
            hub=self.hub,
            clock=self.scenario.clock,
            agencies=self.scenario.agencies,
            names=tuple(self.scenario.children),
            states_of=self._states,
            heard=self.heard,
            labels={step.label: step.id for step in self.scenario.steps if isinstance(step, Said) and step.label},
            ran_again=lambda variation: self._again(variation, at),
        )

    def _again(self, variation: object, at: datetime) -> Scene:
        assert isinstance(variation, Variation)  # noqa: S101 - nothing else varies
        other = scenario_of(variation.of(self.scenario.document), self.reference)
        return play(other, self.rulebook, self.reference, at).scene

    def _moment(self, at: datetime) -> None:
        """What happens at one moment: what is said, what is answered, what the clock raises."""
        while self._waiting and self._waiting[-1].at == at:
            self._step(self._waiting.pop())
            self._note_answers()
        while self._answers and self._answers[0].at == at:
            self._say_answers(at)
        self.hub.tick(at)
        self._note_answers()

    def _step(self, step: Step) -> None:
        match step:
            case Said():
                self._say(step)
            case Acknowledges():
                self._acknowledge(step)
            case Connects():
                known = self.hub.directory.agency(step.agency)
                if known is not None:
                    entry = replace(known, connected=step.is_connected, version=known.version + 1)
                    self.hub.directory = self.hub.directory.with_entry(entry)
                    self.hub.look_again(step.at)

    def _say(self, step: Said) -> None:
        message = self._resolved(step)
        meant = None
        if self.scenario.filing is Filing.AS_TOLD:
            own = first_child_id(claim_of(step.sender, message, step.id))
            meant = self._owner(step.child) or own
        heard = self.hub.hear(step.at, step.sender, message, step.id, meant)
        self.heard[step.id] = heard
        self._claims.setdefault(step.child, []).append(heard)

    def _owner(self, child: str) -> ChildId | None:
        """The child of the hub's that holds the first claim made about a child of the file."""
        said = self._claims.get(child)
        return self.hub.owner(said[0].claim) if said else None

    def _states(self, child: str) -> tuple[ChildState, ...]:
        owners = {
            owner: None for heard in self._claims.get(child, ()) if (owner := self.hub.owner(heard.claim)) is not None
        }
        return tuple(self.hub.state(owner) for owner in owners)

    def _resolved(self, step: Said) -> AgencyMessage:
        """The message with what only the hub could tell its sender: ids of absences and of notices."""
        message = step.message
        if isinstance(message, ReturnInterviewOffered | ReturnInterviewRecorded) and message.covers_episodes:
            return replace(message, covers_episodes=tuple(self._episode_ids(step.child, message.covers_episodes)))
        if isinstance(message, ToldByOtherMeans) and message.notices:
            pairs = [pair for word in message.notices for pair in self._notices(step.sender, step.child, word)]
            return replace(message, notices=tuple(dict.fromkeys(pair.notice_id for pair in pairs)))
        return message

    def _episode_ids(self, child: str, words: Iterable[str]) -> Iterator[str]:
        episodes = sorted(
            (episode for state in self._states(child) for episode in state.episodes),
            key=lambda episode: (episode.began_at, episode.id),
        )
        for word in words:
            number = word.removeprefix("episode").strip()
            if word in _EVERY:
                yield from (episode.id for episode in episodes)
            elif (which := whole_number(number, 1, len(episodes))) is not None:
                yield episodes[which - 1].id
            else:
                yield word

    def _acknowledge(self, step: Acknowledges) -> None:
        pairs = list(self._notices(step.whose, step.child, step.which, step.desk))
        if step.sender != step.whose:
            pairs += self._notices(step.sender, step.child, step.which)
        if pairs:
            record = Acknowledged(
                pairs=tuple(pairs), layer=step.layer, role=step.role or step.desk or "duty", by=step.by,
                occurred_at=step.at,
            )  # fmt: skip
            self._answered += 1
            self.hub.acknowledge(step.at, [(step.sender, record, _answer_id(self._answered))])

    def _notices(self, agency: AgencyId, child: str | None, which: str, desk: str | None = None) -> Iterator[NoticeRef]:
        """Notices in an agency's inbox, by the word that says which."""
        states = None if child is None else self._states(child)
        found = [
            sent.owed.notice
            for sent in self.hub.sent
            if sent.owed.recipient == agency
            and (states is None or any(is_about(sent, state) for state in states))
            and (desk is None or sent.owed.notice.desk == desk)
            and (which != "news" or sent.owed.notice.kind is NoticeKind.NEWS)
            and (which != "actions" or sent.owed.notice.ask is Ask.ACTION)
            and (which != "telephone" or sent.owed.notice.purpose == "telephone")
        ]
        for notice in found[-1:] if which == "latest" else found:
            yield NoticeRef(notice_id=notice.notice_id, episode_id=notice.episode_id)

    def _note_answers(self) -> None:
        """Recipients who answer by themselves will answer what was sent since."""
        for number in range(self._noted, len(self.hub.sent)):
            sent = self.hub.sent[number]
            answers = self.scenario.settings.answers
            minutes = answers.get(sent.owed.recipient, answers.get("", 0))
            if minutes is not None:
                is_action = sent.owed.notice.ask is Ask.ACTION
                layer = Acknowledgement.TAKEN if is_action else Acknowledgement.OPENED
                at = sent.at + timedelta(minutes=minutes)
                heapq.heappush(self._answers, _Answer(at=at, number=number, sent=sent, layer=layer))
        self._noted = len(self.hub.sent)

    _noted: int = 0

    def _say_answers(self, at: datetime) -> None:
        """One acknowledgement of each agency, desk and layer for all that it answers at this moment."""
        due: dict[tuple[AgencyId, str, Acknowledgement], list[_Answer]] = {}
        while self._answers and self._answers[0].at == at:
            answer = heapq.heappop(self._answers)
            notice = answer.sent.owed.notice
            due.setdefault((answer.sent.owed.recipient, notice.desk, answer.layer), []).append(answer)
        said: list[tuple[AgencyId, Acknowledged, EventId]] = []
        for (agency, desk, layer), answers in due.items():
            notices = [answer.sent.owed.notice for answer in answers]
            pairs = tuple(NoticeRef(notice_id=each.notice_id, episode_id=each.episode_id) for each in notices)
            by = min((each.due_at for each in notices if each.due_at), default=None)
            self._answered += 1
            record = Acknowledged(pairs=pairs, layer=layer, role=desk, by=by, occurred_at=at)
            said.append((agency, record, _answer_id(self._answered)))
        self.hub.acknowledge(at, said)
        self._note_answers()


def _answer_id(number: int) -> EventId:
    return EventId(derived_id(f"scenario/answer/{number}", "message"))
