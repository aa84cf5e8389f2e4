"""Plays the agencies: sends what the simulator plans for each, and reads each one's inbox as its people would.

A notice is fetched by the program at once, and its mailbox is seen to be read; when somebody opens it, takes on what it
asks, or makes the call it asks for is the simulator's to say: some are late, some never do. What was told, opened and
owed is noted for the board. All of it goes over the wire; the hub is told nothing aside.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from consumers.connection import ended
from consumers.directory_view import DirectoryView
from consumers.reader import read_profile
from deploy.demo.members import OVERVIEW, Member
from deploy.demo.seen_twice import SeenTwice
from deploy.demo.together import together
from deploy.mailbox import Item, Mailbox
from hub.hub_time import HubTimes
from hub.ids import AgencyId, EpisodeId
from producers import DirectoryReader, Publisher, Sent, read_installation
from producers.simulator import Progress, Reader
from schemas.codec import SchemaIds
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Ask,
    ExternalRef,
    Notice,
    NoticeRef,
    ReceiptOutcome,
    ReferenceKind,
    ToldByOtherMeans,
    ToldMeans,
)

_READY_SECONDS: Final = 30.0
_ACKNOWLEDGED_EVERY_SECONDS: Final = 1.0
_POSITIONS_EVERY_SECONDS: Final = 5.0
_MOST_ROWS: Final = 200
"""Of what the clocks brought about, the latest are kept for the board."""
_RECEIPT_SECONDS: Final = 120.0


_ESCALATIONS: Final = frozenset({"ladder", "silence"})
_TELEPHONE: Final = "telephone"
_DUTY: Final = "duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """What a clock or a ladder brought about: when (hub time), for whom, and what the notice says."""

    at: datetime
    agency: AgencyId
    purpose: str
    what: str
    reference: str


@dataclass(slots=True)
class Story:
    """What the inboxes say of one episode."""

    told: set[AgencyId] = field(default_factory=set)
    opened: set[AgencyId] = field(default_factory=set)
    owed: dict[str, datetime] = field(default_factory=dict)
    """Notices that ask for something, with when it is due; taken off when it is taken on."""


@dataclass(slots=True)
class Tally:
    """Counts of the run, as the senders and readers saw it."""

    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    unanswered: int = 0
    notices: int = 0
    unreadable: int = 0
    seen_twice: SeenTwice = field(default_factory=SeenTwice)
    """Notices that say again, under another id, what their desk was told already."""
    escalations: int = 0
    """Notices of a step of a ladder: the next contact, or the sender who reads that it was not opened."""
    telephone_tasks: int = 0
    telephoned: int = 0
    clocks: int = 0
    """Notices that a duty is soon due, due or overdue."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from a report being accepted to its notice standing in an inbox, by the broker's clock."""


@dataclass(slots=True)
class Cast:
    """Every agency of the demo at work. Open it with `open`."""

    publishers: dict[AgencyId, Publisher] = field(default_factory=dict)
    stories: defaultdict[EpisodeId, Story] = field(default_factory=lambda: defaultdict(Story))
    tally: Tally = field(default_factory=Tally)
    raised: deque[Raised] = field(default_factory=lambda: deque(maxlen=_MOST_ROWS))
    times: HubTimes = field(default_factory=HubTimes.real)
    seed: int = 1
    references: Callable[[EpisodeId], Collection[tuple[str, str]]] = field(default=lambda _: ())
    """How agencies call the child of an episode: what somebody reads off the board before they telephone."""
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Real time."""
    _is_over: bool = False
    _to_say: defaultdict[tuple[AgencyId, Acknowledgement, str | None], list[NoticeRef]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _answers: set[asyncio.Task[None]] = field(default_factory=set)
    _people: set[asyncio.Task[None]] = field(default_factory=set)
    _tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    _readers: dict[AgencyId, Reader] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, members: Sequence[Member], ids: SchemaIds, *, times: HubTimes, seed: int
    ) -> AsyncIterator[Self]:
        """Open every agency's publisher and inbox; close all of them at the end."""
        cast = cls(times=times, seed=seed)
        overview = next(member for member in members if member.id == OVERVIEW)
        installation = read_installation(overview.profile)
        reader = read_profile(overview.profile, "demo")
        shared = DirectoryReader(installation.connection, trust_key=installation.trust_key, ids=ids)
        view = DirectoryView(reader.connection, trust_key=reader.trust_key, ids=ids)
        async with view, asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
            running = [tasks.create_task(shared.run(), name="demo directory")]
            await shared.ready(_READY_SECONDS)
            everybody = {member.id: member.profile for member in members}
            playing = {id_: file for id_, file in everybody.items() if id_ != OVERVIEW}
            mailboxes = await stack.enter_async_context(
                together(
                    {
                        id_: Mailbox.open(file, directory=view, from_start=False, keeps_position=True)
                        for id_, file in everybody.items()
                    }
                )
            )
            cast.publishers = await stack.enter_async_context(
                together({id_: Publisher.open(file, directory=shared, ids=ids) for id_, file in playing.items()})
            )
            running += [tasks.create_task(cast._read(mailboxes[id_]), name=f"inbox {id_}") for id_ in playing]
            running.append(tasks.create_task(_look_through(mailboxes[OVERVIEW]), name="inbox of the overview"))
            running.append(tasks.create_task(cast._acknowledge(), name="acknowledgements"))
            running.append(tasks.create_task(_keep_positions(mailboxes.values()), name="positions"))
            cast._tasks = tasks
            try:
                yield cast
            finally:
                await ended(*running, *cast._answers, *cast._people)

    def note_sent(self, progress: Progress) -> None:
        """A report is durable in its sender's outbox; wait for its receipt beside the play."""
        self._expect(progress.sent)

    def _expect(self, sent: Sent) -> None:
        self.tally.sent += 1
        task = self._tasks.create_task(self._answered(sent), name="receipt")
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def drained(self, seconds: float) -> None:
        """Let the people go home; wait until every report has its receipt, or the time is over.

        The hub's clock goes on, and so do its notices: from here on nobody reads them or says so.
        """
        self._is_over = True
        for task in self._people:
            task.cancel()
        if self._answers:
            await asyncio.wait(set(self._answers), timeout=seconds)
        self.tally.unanswered = len(self._answers)

    async def _answered(self, sent: Sent) -> None:
        receipt = await sent.receipt(timeout=_RECEIPT_SECONDS)
        if receipt.outcome is ReceiptOutcome.REJECTED:
            self.tally.rejected += 1
        else:
            self.tally.accepted += 1

    async def _read(self, mailbox: Mailbox) -> None:
        async for item in mailbox.items():
            if isinstance(item.record, Notice):
                self._note(mailbox.agency, item, item.record)
            self.tally.unreadable = max(self.tally.unreadable, mailbox.refused)

    @property
    def now(self) -> datetime:
        """What time it is at the hub."""
        return self.times.hub_time(datetime.now(UTC))

    def _note(self, agency: AgencyId, item: Item, notice: Notice) -> None:
        self.tally.notices += 1
        self.tally.seen_twice.note(notice)
        issued_at = self.times.real_time(notice.issued_at)
        if issued_at >= self.began_at:
            self.tally.latencies.append(max(0.0, (item.appended_at - issued_at).total_seconds()))
        self._note_raised(agency, notice)
        if self._is_over:
            return
        story = self.stories[EpisodeId(notice.episode_id)]
        story.told.add(agency)
        reference = NoticeRef(notice_id=notice.notice_id, episode_id=notice.episode_id)
        self._to_say[agency, Acknowledgement.FETCHED, None].append(reference)
        if notice.ask is Ask.ACTION and notice.due_at is not None:
            story.owed[notice.notice_id] = notice.due_at
        task = self._tasks.create_task(self._read_by_people(agency, notice, reference, story), name="somebody reads")
        self._people.add(task)
        task.add_done_callback(self._people.discard)

    def _note_raised(self, agency: AgencyId, notice: Notice) -> None:
        self.tally.escalations += notice.purpose in _ESCALATIONS
        self.tally.telephone_tasks += notice.purpose == _TELEPHONE
        self.tally.clocks += notice.purpose == _DUTY
        if notice.purpose in {*_ESCALATIONS, _TELEPHONE, _DUTY}:
            what = notice.asked_of_you if notice.purpose == _TELEPHONE else notice.what_happened
            self.raised.append(
                Raised(
                    at=notice.issued_at,
                    agency=agency,
                    purpose=notice.purpose,
                    what=what,
                    reference=notice.reference,
                )
            )

    async def _read_by_people(self, agency: AgencyId, notice: Notice, reference: NoticeRef, story: Story) -> None:
        reads = self._reader(agency).reads(notice)
        if reads.opened_after is None:
            return
        await self._passes(reads.opened_after)
        self._to_say[agency, Acknowledgement.OPENED, notice.desk].append(reference)
        story.opened.add(agency)
        if notice.purpose == _TELEPHONE and reads.telephoned_after is not None:
            await self._passes(reads.telephoned_after)
            await self._telephone(agency, notice)
        if reads.taken_after is not None:
            await self._passes(reads.taken_after)
            self._to_say[agency, Acknowledgement.TAKEN, notice.desk].append(reference)
            story.owed.pop(notice.notice_id, None)

    def _reader(self, agency: AgencyId) -> Reader:
        if agency not in self._readers:
            self._readers[agency] = Reader(agency, seed=self.seed)
        return self._readers[agency]

    async def _passes(self, simulated: timedelta) -> None:
        """Wait so long in hub time."""
        await asyncio.sleep(simulated.total_seconds() / self.times.scale(datetime.now(UTC)))

    async def _telephone(self, agency: AgencyId, notice: Notice) -> None:
        """Somebody has made the call that a notice asked for, and says so, quoting whose child the notice is about."""
        known = sorted(self.references(EpisodeId(notice.episode_id)))
        own = next((reference for sender, reference in known if sender == agency), None)
        quoted = [(sender, reference) for sender, reference in known if own is None]
        now = self.now
        said = ToldByOtherMeans(
            child_ref=own or f"T-{notice.reference}",
            occurred_at=now,
            recorded_at=now,
            external_refs=tuple(
                ExternalRef(agency=sender, kind=ReferenceKind.CHILD, value=reference) for sender, reference in quoted
            ),
            means=ToldMeans.TELEPHONE,
            told_at=now,
            by_role="duty officer",
            notices=(notice.notice_id,),
        )
        self.tally.telephoned += 1
        sent = await self.publishers[agency].send(said)
        self._expect(sent)

    async def _acknowledge(self) -> None:
        """Send what was fetched, opened and taken, once a second, in one message for each agency, layer and desk."""
        while not self._is_over:
            await asyncio.sleep(_ACKNOWLEDGED_EVERY_SECONDS)
            to_say, self._to_say = self._to_say, defaultdict(list)
            for (agency, layer, role), references in to_say.items():
                said = Acknowledged(pairs=tuple(references), layer=layer, role=role, occurred_at=self.now)
                await self.publishers[agency].send(said)


async def _look_through(mailbox: Mailbox) -> None:
    """Read the mailbox of one that plays no part."""
    async for _ in mailbox.items():
        pass


async def _keep_positions(mailboxes: Collection[Mailbox]) -> None:
    """Keep now and then how far each mailbox was read, beside the reading."""
    while True:
        for mailbox in mailboxes:
            await mailbox.keep_position()
        await asyncio.sleep(_POSITIONS_EVERY_SECONDS)
