"""Plays the agencies: sends what the simulator plans for each, and reads each one's inbox as its people would.

A notice is fetched by the program at once, opened by somebody after a moment, and taken on where something is asked.
What was told, opened and owed is noted for the board. All of it goes over the wire; the hub is told nothing aside.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final, Self

from consumers.directory_view import DirectoryView
from consumers.reader import read_profile
from deploy.demo.members import OVERVIEW, Member
from deploy.demo.together import together
from deploy.mailbox import Item, Mailbox
from hub.ids import AgencyId, EpisodeId
from producers import DirectoryReader, Publisher, read_installation
from producers.simulator import Progress
from schemas.codec import SchemaIds
from schemas.records import Acknowledged, Acknowledgement, Ask, Notice, NoticeRef, ReceiptOutcome

_READY_SECONDS: Final = 30.0
_ACKNOWLEDGED_EVERY_SECONDS: Final = 1.0
_OPENED_AFTER_SECONDS: Final = (0.5, 6.0)
_RECEIPT_SECONDS: Final = 120.0


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
    latencies: list[float] = field(default_factory=list)
    """Seconds from a report being accepted to its notice standing in an inbox, by the broker's clock."""


@dataclass(slots=True)
class Cast:
    """Every agency of the demo at work. Open it with `open`."""

    publishers: dict[AgencyId, Publisher] = field(default_factory=dict)
    stories: defaultdict[EpisodeId, Story] = field(default_factory=lambda: defaultdict(Story))
    tally: Tally = field(default_factory=Tally)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _to_say: defaultdict[tuple[AgencyId, Acknowledgement, str | None], list[NoticeRef]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _answers: set[asyncio.Task[None]] = field(default_factory=set)
    _people: set[asyncio.Task[None]] = field(default_factory=set)
    _tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    _draw: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - when somebody opens a notice

    @classmethod
    @asynccontextmanager
    async def open(cls, members: Sequence[Member], ids: SchemaIds) -> AsyncIterator[Self]:
        """Open every agency's publisher and inbox; close all of them at the end."""
        cast = cls()
        overview = next(member for member in members if member.id == OVERVIEW)
        installation = read_installation(overview.profile)
        reader = read_profile(overview.profile, "demo")
        shared = DirectoryReader(installation.connection, trust_key=installation.trust_key, ids=ids)
        view = DirectoryView(reader.connection, trust_key=reader.trust_key, ids=ids)
        async with view, asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
            running = [tasks.create_task(shared.run(), name="demo directory")]
            await shared.ready(_READY_SECONDS)
            playing = {member.id: member.profile for member in members if member.id != OVERVIEW}
            mailboxes = await stack.enter_async_context(
                together({id_: Mailbox.open(file, directory=view, from_start=False) for id_, file in playing.items()})
            )
            cast.publishers = await stack.enter_async_context(
                together({id_: Publisher.open(file, directory=shared, ids=ids) for id_, file in playing.items()})
            )
            running += [tasks.create_task(cast._read(each), name=f"inbox {id_}") for id_, each in mailboxes.items()]
            running.append(tasks.create_task(cast._acknowledge(), name="acknowledgements"))
            cast._tasks = tasks
            try:
                yield cast
            finally:
                for task in (*running, *cast._answers, *cast._people):
                    task.cancel()

    def note_sent(self, progress: Progress) -> None:
        """A report is durable in its sender's outbox; wait for its receipt beside the play."""
        self.tally.sent += 1
        task = self._tasks.create_task(self._answered(progress), name="receipt")
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def drained(self, seconds: float) -> None:
        """Let the people go home; wait until every report has its receipt, or the time is over."""
        for task in self._people:
            task.cancel()
        if self._answers:
            await asyncio.wait(set(self._answers), timeout=seconds)
        self.tally.unanswered = len(self._answers)

    async def _answered(self, progress: Progress) -> None:
        receipt = await progress.sent.receipt(timeout=_RECEIPT_SECONDS)
        if receipt.outcome is ReceiptOutcome.REJECTED:
            self.tally.rejected += 1
        else:
            self.tally.accepted += 1

    async def _read(self, mailbox: Mailbox) -> None:
        async for item in mailbox.items():
            if isinstance(item.record, Notice):
                self._note(mailbox.agency, item, item.record)
            self.tally.unreadable = max(self.tally.unreadable, mailbox.refused)

    def _note(self, agency: AgencyId, item: Item, notice: Notice) -> None:
        self.tally.notices += 1
        if notice.issued_at >= self.began_at:
            self.tally.latencies.append(max(0.0, (item.appended_at - notice.issued_at).total_seconds()))
        story = self.stories[EpisodeId(notice.episode_id)]
        story.told.add(agency)
        reference = NoticeRef(notice_id=notice.notice_id, episode_id=notice.episode_id)
        self._to_say[agency, Acknowledgement.FETCHED, None].append(reference)
        if notice.ask is Ask.ACTION and notice.due_at is not None:
            story.owed[notice.notice_id] = notice.due_at
        task = self._tasks.create_task(self._open_and_take(agency, notice, reference, story), name="somebody opens")
        self._people.add(task)
        task.add_done_callback(self._people.discard)

    async def _open_and_take(self, agency: AgencyId, notice: Notice, reference: NoticeRef, story: Story) -> None:
        await asyncio.sleep(self._draw.uniform(*_OPENED_AFTER_SECONDS))
        self._to_say[agency, Acknowledgement.OPENED, notice.desk].append(reference)
        story.opened.add(agency)
        if notice.notice_id in story.owed:
            await asyncio.sleep(self._draw.uniform(*_OPENED_AFTER_SECONDS))
            self._to_say[agency, Acknowledgement.TAKEN, notice.desk].append(reference)
            story.owed.pop(notice.notice_id, None)

    async def _acknowledge(self) -> None:
        """Send what was fetched, opened and taken, once a second, in one message for each agency, layer and desk."""
        while True:
            await asyncio.sleep(_ACKNOWLEDGED_EVERY_SECONDS)
            to_say, self._to_say = self._to_say, defaultdict(list)
            for (agency, layer, role), references in to_say.items():
                said = Acknowledged(pairs=tuple(references), layer=layer, role=role, occurred_at=datetime.now(UTC))
                await self.publishers[agency].send(said)
