"""Two children are taken for one by a reviewer's mistake, and parted again, while workers die between records.

They stand on different partitions and with different workers; of each an agency was told, something is owed, and there
is a key that a grant opens. Afterwards the register, as a subscriber reads it, must say what a fold of their log says
from which the two decisions were left out. What is left of the mistake are the decisions, the reference that stood for
both, and the corrections to whoever was told wrongly. A register that lost its disks says the same again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from aiokafka.partitioner import DefaultPartitioner

from consumers import Inbox, RegisterLine, RegisterView
from deploy import agencies, provision
from deploy.identities import Identity
from deploy.joining import make_keys
from deploy.log_walk import walk
from deploy.processes import Program
from deploy.supervisor import Supervisor
from hub.deadlines import deadlines
from hub.entry.course import course
from hub.entry.register_entry import blocks
from hub.entry.view import view
from hub.episode import ChildState, fold
from hub.event import Event
from hub.ids import AgencyId, ChildId, ClaimId, EpisodeId, EventId, claim_id, episode_id, first_child_id
from hub.rulebook import packaged_rulebook
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Address,
    AgencyKind,
    ClaimAssigned,
    ClaimOutcome,
    ExternalRef,
    LastSeen,
    LinkDecided,
    LinkDecision,
    MissingReported,
    Nation,
    Notice,
    NoticeKind,
    NoticeRef,
    Person,
    SightingReported,
)
from streams.event_batches import EVENT_PARTITIONS
from streams.settings import secret_bytes
from tests.faults import points
from tests.faults.points import Fault, Moment
from tests.kafka.way import town as towns
from tests.kafka.way.scraping import caught_up
from tests.kafka.way.town import AGENCIES, PATIENCE, POLICE, ROCHDALE, SALFORD, Installation, Town, missing_report
from tests.kafka.way.workers import second_register
from tests.unit.review.two_children import held
from tests.unit.scenario.nights import REFERENCE

pytestmark = pytest.mark.timeout(300)

MANCHESTER: Final = AgencyId("E08000003")
"""Whose people decide about pairs; it has nothing else to do with the two."""
_GROUP: Final = "homeward-register"
_WORKERS: Final = ("register-0", "register-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kid:
    """One of the two: a council's child, of whom police report too, under a reference of their own."""

    given: str
    council: AgencyId
    reference: str
    born: date
    claims: frozenset[ClaimId]
    id: ChildId

    @property
    def police_reference(self) -> str:
        return f"P-{self.reference}"

    @property
    def partition(self) -> int:
        return _partition(self.id)


@dataclass(slots=True, kw_only=True)
class Workers:
    """The two workers of the register, each with a folder for its faults and one for its disk."""

    town: Town
    second: Supervisor
    folder: Path

    @contextmanager
    def hit(self, which: int, fault: Fault) -> Iterator[None]:
        """Within the block the first or the second one is hit, and must have been at its end."""
        folder = (self.town.faults, self.folder / points.FOLDER)[which]
        points.put_down(folder, "register", fault)
        try:
            yield
            assert not points.is_pending(folder, "register"), f"register {which} never came to: {fault}"
        finally:
            points.take_away(folder, "register")

    async def lose_both_disks(self) -> None:
        """They stand still, their stores are gone, they die; whoever starts them again begins from the log alone."""
        states = (self.town.home.worker("register") / "state", self.folder / "state")
        children = (self.town.hub.supervisor.child("register"), self.second.child("register-1"))
        for child, state in zip(children, states, strict=True):
            child.pause()
            stored = state / "homeward-register" / "children"
            stored.rename(stored.with_name(f"lost-{uuid4().hex}"))
            await child.kill()


@asynccontextmanager
async def two_registers(town: Town, folder: Path) -> AsyncIterator[Workers]:
    """A second worker beside the town's own, hit by faults of its own and started again as often as it ends.

    Afterwards the town's own has the partitions of the second and what it lacks of them, for the tests that follow.
    """
    (folder / points.FOLDER).mkdir()
    plain = second_register(town, folder).program
    python, _, _, *rest = plain.command
    program = Program(
        name=plain.name, command=(python, "-m", "tests.faults.faulty_register", *rest), log_file=plain.log_file
    )
    async with Supervisor() as second:
        await second.keep(program)
        yield Workers(town=town, second=second, folder=folder)
    await caught_up(town)


async def shared_out(town: Town) -> list[frozenset[int]]:
    """The partitions of `events` that each of the two workers has, the town's own first, once both have some."""
    client = provision.Administrator(bootstrap=town.hub.broker.bootstrap, certificates=town.home.pki).client()
    async with asyncio.timeout(PATIENCE):
        while True:
            described = client.describe_consumer_groups([_GROUP], request_timeout=5.0)[_GROUP]
            owned = {
                member.group_instance_id: frozenset(
                    part.partition for part in member.assignment.topic_partitions if part.topic == "events"
                )
                for member in (await asyncio.wrap_future(described)).members
            }
            if set(_WORKERS) <= owned.keys() and all(owned.values()):
                return [owned[name] for name in _WORKERS]
            await asyncio.sleep(0.2)  # the broker gives no event for a group that is at rest


def _partition(child: ChildId) -> int:
    every = list(range(EVENT_PARTITIONS))
    return int(DefaultPartitioner()(child.encode(), every, every))


def two_kids(town: Town, owned: list[frozenset[int]]) -> tuple[Kid, Kid]:
    """Two children of whom the first worker has the one and the second the other; by their references."""
    secret = secret_bytes(town.home.secrets / "claim_secret")
    run = uuid4().hex[:6]

    def first(given: str, council: AgencyId, born: date, partitions: frozenset[int]) -> Kid:
        for number in count():
            reference = f"{given}-{run}-{number}"
            claims = [claim_id(secret, council, reference), claim_id(secret, POLICE, f"P-{reference}")]
            if _partition(child := first_child_id(claims[0])) in partitions:
                break
        return Kid(
            given=given, council=council, reference=reference, born=born, claims=frozenset(claims), id=child,
        )  # fmt: skip

    return (
        first("Ada", ROCHDALE, date(2011, 3, 1), owned[0]),
        first("Bea", SALFORD, date(2012, 9, 17), owned[1]),
    )


def report(kid: Kid, number: int) -> MissingReported:
    """What is reported of one of them: an hour or two ago, at a place of their own."""
    seen = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=60 + number)
    return missing_report(
        kid.reference,
        child_ref=kid.reference,
        episode_ref=None,
        occurred_at=seen,
        person=Person(
            given_names=kid.given,
            family_name="Sample" if kid.given == "Ada" else "Template",
            date_of_birth=kid.born,
            home=Address(area_code=kid.council),
        ),
        last_seen=LastSeen(at=seen, place=f"the station, by {kid.given}'s friends", area_code=kid.council),
    )


@dataclass(slots=True, kw_only=True)
class Story:
    """What is done to the two, and what is to be seen of it from outside."""

    town: Town
    register: RegisterView
    reviewer: Installation
    kids: tuple[Kid, Kid]
    opened: dict[str, EpisodeId]
    """By child: the absence that its first report opened."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    """What came to an inbox before is of other tests, forgeries among it."""

    @property
    def absences(self) -> tuple[EpisodeId, EpisodeId]:
        one, other = (self.opened[kid.id] for kid in self.kids)
        return one, other

    def line(self, absence: EpisodeId) -> RegisterLine:
        found = self.register.episode(absence)
        assert found is not None
        return found

    async def decide(self, decision: LinkDecision) -> None:
        """The reviewer's word, about the two councils' records, by the claims that stand in the register."""
        one, other = (claim_id(_secret(self.town), kid.council, kid.reference) for kid in self.kids)
        await self.reviewer.send(
            LinkDecided(claim_a=one, claim_b=other, decision=decision, why="a test", decided_by_role="reviewer")
        )

    async def sightings(self, what: str) -> None:
        """Both are seen again, by what their councils hear."""
        for kid in self.kids:
            seen = SightingReported(child_ref=kid.reference, occurred_at=datetime.now(UTC), place=f"{kid.given} {what}")
            await self.town.shared_installation(kid.council).send(seen)

    async def until(self, holds: Callable[[], Awaitable[object]], what: str) -> None:
        """Wait until something is true of the register as a subscriber has it; what it is else is said in the end."""
        last: object = None
        try:
            async with asyncio.timeout(PATIENCE):
                while (last := await holds()) is not True:
                    await asyncio.sleep(0.3)
                    await self.register.caught_up()
        except TimeoutError:
            pytest.fail(f"never: {what}\n{last}\n{self.town.log('register')[-3000:]}")

    async def is_as_if_never_made(self) -> object:
        """True, or how the register differs from a fold without the mistake."""
        differing: dict[str, object] = {}
        for kid in self.kids:
            state = await self.never_made(kid)
            (episode,) = state.episodes
            line = self.line(episode.id)
            if line.superseded_by is not None:
                return f"{kid.given} is still superseded"
            if not line.is_opened:
                return f"{kid.given}'s entry does not open"
            now, then = said(line), said(self.never_made_line(state, line))
            differing |= {f"{kid.given}: {name}": (now[name], then[name]) for name in then if now[name] != then[name]}
        return differing or True

    async def never_made(self, kid: Kid) -> ChildState:
        """A child folded from its log, the decisions of reviewers and what is another child's left out."""
        events: dict[str, Event] = {}
        async for children in walk(self.town.home, self.town.hub.running, progress=towns.quiet, child=kid.id):
            events |= {event.id: event for event in children.get(kid.id, {}).values()}
        return fold(
            kid.id, [event for event in events.values() if event.claim in kid.claims and not is_decision(event)]
        )

    def never_made_line(self, state: ChildState, line: RegisterLine) -> RegisterLine:
        """The register's line of that fold, with the blocks that the same grant opens."""
        (episode,) = state.episodes
        seen = view(state, episode)
        owed = deadlines(state, packaged_rulebook().deadlines, self.town.known, REFERENCE)
        its = course(state, seen.facts, seen.claims, deadlines=owed, proofs=(), calls=())
        made = blocks(replace(seen, course=its))
        return replace(line, blocks={disclosure: made[disclosure] for disclosure in line.blocks})

    def notices(self, agency: AgencyId) -> dict[str, Notice]:
        """Every notice of the two in a mailbox, by id; one id with two contents fails."""
        found: dict[str, Notice] = {}
        for seen in self.town.inbox(agency):
            if seen.header("ce_type") == "Notice" and seen.at >= self.began:
                notice = self.town.opened(seen, agency)
                assert isinstance(notice, Notice)
                if notice.episode_id in self.absences:
                    assert found.setdefault(notice.notice_id, notice) == notice, "one id, two notices"
        return found


def is_decision(event: Event) -> bool:
    body = event.body
    return isinstance(body, LinkDecided) or (isinstance(body, ClaimAssigned) and body.outcome is ClaimOutcome.REVIEWER)


def said(line: RegisterLine) -> dict[str, object]:
    """What a line says of a child, without how it came to be known and who was told."""
    return {
        "status": line.status,
        "golden": {
            (field.name, field.disclosure): (field.value, field.source_agency, field.occurred_at)
            for block in line.blocks.values()
            for field in block.golden
        },
        "claims": {(one.agency, one.claim_id, one.field, one.value, one.message_id) for one in line.claims},
        "disagreements": {(one.field, one.sides) for one in line.disagreements},
        "phases": line.phases,
        "duties": {(one.duty, one.owed_by, one.due_at, one.met_at) for one in line.duties},
    }


def _secret(town: Town) -> bytes:
    return secret_bytes(town.home.secrets / "claim_secret")


async def a_reviewer(town: Town) -> Installation:
    """An agency of another area joins, with the directory role that may decide about any pair."""
    folder = town.home.agencies / MANCHESTER
    who = Identity(
        agency_id=MANCHESTER, name="Manchester", official_name="Manchester", kind=AgencyKind.AUTHORITY,
        nation=Nation.ENGLAND, areas=(MANCHESTER,), roles=("reviewer",), force_code=POLICE,
    )  # fmt: skip
    joining = agencies.Joining(request=make_keys(folder, who), folder=folder)
    town.known = await agencies.join(town.home, town.hub.running, [joining], town.ids)
    await towns.list_installations(town, [MANCHESTER], 1)
    return town.installation(MANCHESTER)


async def told_of(story: Story) -> None:
    """Both are reported by their council and by police, and whoever must know has opened it."""
    town = story.town
    for number, kid in enumerate(story.kids):
        own = report(kid, number)
        (first,) = await town.shared_installation(kid.council).send(own)
        story.opened[kid.id] = EpisodeId(episode_id(EventId(first), kid.council))
        await town.told(first, POLICE)
        quoting = (ExternalRef(agency=kid.council, value=kid.reference),)
        await town.shared_installation(POLICE).send(
            replace(own, child_ref=kid.police_reference, external_refs=quoting, recorded_at=datetime.now(UTC))
        )
    await story.until(lambda: _are_reported(story), "both in the register, by council and police")
    opened = [NoticeRef(notice_id=one.notice_id, episode_id=one.episode_id) for one in story.notices(POLICE).values()]
    await town.shared_installation(POLICE).send(Acknowledged(pairs=tuple(opened), layer=Acknowledgement.OPENED))


async def _are_reported(story: Story) -> bool:
    lines = [story.register.episode(absence) for absence in story.absences]
    return all(
        line is not None and {claim.agency for claim in line.claims} == {kid.council, POLICE}
        for line, kid in zip(lines, story.kids, strict=True)
    )


async def _are_one(story: Story) -> bool:
    one, other = (story.line(absence) for absence in story.absences)
    both = story.kids[0].claims | story.kids[1].claims
    return other.episode == one.episode == story.absences[0] and both <= {claim.claim_id for claim in one.claims}


async def _have_heard(story: Story, what: str) -> bool:
    """Whether every sighting of this name is in the register, of whichever absence."""
    places = {claim.value for absence in story.absences for claim in story.line(absence).claims}
    return all(f"{kid.given} {what}" in places for kid in story.kids)


async def test_a_mistaken_merge_and_its_split_leave_the_register_as_if_it_was_never_made(
    town: Town, tmp_path: Path
) -> None:
    reviewer = await a_reviewer(town)
    async with two_registers(town, tmp_path) as workers, RegisterView.open(profile=town.profile(ROCHDALE)) as register:
        kids = two_kids(town, await shared_out(town))
        assert kids[0].partition != kids[1].partition
        story = Story(town=town, register=register, reviewer=reviewer, kids=kids, opened={})
        await told_of(story)
        for absence in story.absences:
            line = story.line(absence)
            assert line.is_opened, "a key and a grant"
            assert line.duties, "something is owed"
            assert POLICE in {told.recipient for told in line.told}

        with ExitStack() as hits:
            hits.enter_context(town.fault("identity", Fault(point="send", call=2)))
            hits.enter_context(workers.hit(1, Fault(point="send", call=3)))
            hits.enter_context(workers.hit(0, Fault(point="say who was told")))
            await story.decide(LinkDecision.SAME)
            await story.until(lambda: _are_one(story), "the two are one")
            await story.sightings("while they were one")
            await story.until(lambda: _have_heard(story, "while they were one"), "what was seen while they were one")

        with ExitStack() as hits:
            hits.enter_context(town.fault("identity", Fault(point="send", call=3)))
            hits.enter_context(workers.hit(0, Fault(point="send", call=2)))
            hits.enter_context(workers.hit(1, Fault(point="write the store", moment=Moment.AFTER)))
            await story.decide(LinkDecision.SPLIT)
            await story.until(story.is_as_if_never_made, "as if the mistake was never made")
        await story.sightings("after they were parted")
        await story.until(lambda: _have_heard(story, "after they were parted"), "what was seen after they were parted")
        await story.until(story.is_as_if_never_made, "as if it was never made, a sighting later")
        only_who_was_told_wrongly_is_corrected(story)

        told = {agency: (len(town.inbox(agency)), set(story.notices(agency))) for agency in AGENCIES}
        await workers.lose_both_disks()
        await story.sightings("after the rebuild")
        await story.until(lambda: _have_heard(story, "after the rebuild"), "a sighting by the rebuilt register")
        await story.until(story.is_as_if_never_made, "a rebuilt register says the same")
        for agency, (place, ids) in told.items():
            assert not ids & {seen.id for seen in town.inbox(agency)[place:]}, "told a second time"
            fresh = [notice for name, notice in story.notices(agency).items() if name not in ids]
            assert not [notice for notice in fresh if notice.kind is NoticeKind.WITHDRAWAL]
    async with Inbox.open(profile=town.profile(MANCHESTER)) as inbox:
        assert [notice async for notice in inbox.notices(wait=False)] == [], (
            "whoever decides is told nothing of a child"
        )


def only_who_was_told_wrongly_is_corrected(story: Story) -> None:
    """What each agency holds in the end is of the children that concern it; withdrawn is what was shown."""
    ada, bea = story.absences
    notices = {agency: story.notices(agency) for agency in AGENCIES}
    for its in notices.values():
        shown = {field.name for notice in its.values() for field in notice.fields}
        for notice in its.values():
            assert shown.issuperset(notice.withdrawn_fields), "withdrawn what was never shown"
    holds = {agency: held(its) for agency, its in notices.items()}
    assert {notice.episode_id for notice in notices[SALFORD].values()} == {ada, bea}, "it was told of the one child"
    assert ada not in holds[SALFORD], "Bea's council still holds something of Ada"
    assert bea not in holds[ROCHDALE], "Ada's council still holds something of Bea"
    for kid, absence in zip(story.kids, story.absences, strict=True):
        fields = holds[POLICE][absence]
        assert fields["person.given_names"] == kid.given
        assert fields["last_seen.place"].endswith(f"by {kid.given}'s friends")
