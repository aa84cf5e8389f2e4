"""The laws of level: crashes, repeats and orders change nothing that matters about who knows what."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.delivery.rules import packaged_delivery_rules
from hub.entry.view import view
from hub.episode import fold
from hub.episode.model import OPEN
from hub.event import Event
from hub.ids import AgencyId, EventId, derived_id
from hub.routing import told, unsent
from hub.routing.case import case_of
from hub.routing.entitlement import entitlements
from hub.routing.knowledge import knowledge
from hub.routing.level import Levels
from hub.routing.recipients import Recipients
from hub.routing.said import Said
from hub.routing.unfound import unfound_notices
from hub.turns import known_as_of
from schemas.records import (
    AllegedRole,
    Answer,
    CancelReason,
    CareStatus,
    CareStatusChanged,
    CareStatusPeriod,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    Condition,
    CorrectionMade,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    FlagKind,
    Notice,
    NoticeKind,
    PlacementChanged,
    PlacementMove,
    PreventionInterviewRecorded,
    Record,
    ReportCancelled,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    StatusClaimed,
    Told,
    ToldByOtherMeans,
)
from tests.searching import examples
from tests.unit.entry.told import flag
from tests.unit.routing.world import (
    BLACKPOOL,
    CHILD,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    LEEDS,
    MANCHESTER,
    REFERENCE,
    ROCHDALE,
    RULES,
    WEST_YORKSHIRE,
    directory_of,
    event,
    local,
    looked_after,
    missing,
    person,
    placed,
    said,
)

START = local("27 Mar 22:40")
FIRST, SECOND, THIRD = (EventId(derived_id(f"{CHILD} {number}", "event")) for number in (1, 2, 3))
SOME = directory_of(LANCASHIRE, ROCHDALE, HOME, WEST_YORKSHIRE)

Message = tuple[AgencyId, Callable[[datetime], Record]]

SPOKEN: list[Message] = [
    (HOME, lambda _: looked_after(START)),
    (LANCASHIRE, lambda _: looked_after(START - timedelta(minutes=10))),
    (ROCHDALE, lambda _: missing(START, person=person(flags=(flag(FlagKind.PROTECTED_ADDRESS),)))),
    (ROCHDALE, lambda _: missing(START, person=person(flags=(flag(FlagKind.EXPLOITATION),)))),
    (LANCASHIRE, lambda _: RiskAssessed(grade=RiskGrade.HIGH)),
    (LANCASHIRE, lambda _: RiskAssessed(grade=RiskGrade.LOW, reasoning="rang home")),
    (LANCASHIRE, lambda now: ChildFound(found_at=now, seen_by=SeenBy.POLICE, area_code=LEEDS)),
    (WEST_YORKSHIRE, lambda now: ChildFound(found_at=now, seen_by=SeenBy.POLICE, condition=Condition.DECEASED)),
    (LANCASHIRE, lambda now: ChildReturned(returned_at=now, to=ReturnedTo.PLACEMENT)),
    (HOME, lambda now: ChildReturned(returned_at=now, to=ReturnedTo.PLACEMENT)),
    (LANCASHIRE, lambda _: PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER)),
    (ROCHDALE, lambda _: ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME)),
    (ROCHDALE, lambda _: ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=HOME)),
    (
        ROCHDALE,
        lambda now: PlacementChanged(
            from_placement=placed(), to_placement=placed(AgencyId("elsewhere"), LEEDS), move=PlacementMove.PLANNED,
            started_at=now,
        ),
    ),
    (ROCHDALE, lambda _: CareStatusChanged(statuses=(CareStatusPeriod(status=CareStatus.PROTECTION_PLAN),))),
    (HOME, lambda _: ReportCancelled(cancels=FIRST, reason=CancelReason.ENTERED_IN_ERROR)),
    (
        HOME,
        lambda _: CorrectionMade(
            corrects=FIRST, changes=(FieldChange(field="last_seen.area_code", old=BLACKPOOL, new=LEEDS),)
        ),
    ),
    (LANCASHIRE, lambda _: ReportCancelled(cancels=FIRST, reason=CancelReason.ENTERED_IN_ERROR)),
    (HOME, lambda _: CorrectionMade(corrects=SECOND, changes=(FieldChange(field="reason", new="misheard"),))),
    (HOME, lambda _: ReportCancelled(cancels=THIRD, reason=CancelReason.ENTERED_IN_ERROR)),
    (ROCHDALE, lambda now: ToldByOtherMeans(recipient_agency=MANCHESTER, told_at=now)),
    (LANCASHIRE, lambda now: StatusClaimed(status=ClaimedStatus.MISSING, since=now)),
    (LANCASHIRE, lambda _: StatusClaimed(status=ClaimedStatus.MISSING, since=START)),
]  # fmt: skip


TAKEN_BACK: list[Message] = [
    (LANCASHIRE, lambda _: ReportCancelled(cancels=SECOND, reason=CancelReason.ENTERED_IN_ERROR)),
    (LANCASHIRE, lambda _: ReportCancelled(cancels=THIRD, reason=CancelReason.ENTERED_IN_ERROR)),
]
"""Police withdraw what they said before: only of messages that come in the order accepted."""


@st.composite
def nights(draw: st.DrawFn, spoken: Sequence[Message] = (*SPOKEN, *TAKEN_BACK)) -> list[Event]:
    """A home's report and up to six more messages, in the order accepted."""
    first: Message = (HOME, lambda _: looked_after(START))
    messages = [first, *draw(st.lists(st.sampled_from(spoken), max_size=5))]
    found = []
    for number, (sender, body) in enumerate(messages, start=1):
        now = START + timedelta(minutes=30 * number)
        found.append(event(number, now, sender, body(now)))
    return found


class Worker:
    """The register's loop: as of each event send what is owed, then say so; it may be killed between the two."""

    def __init__(self, directory: object = EVERYBODY) -> None:
        self.directory = directory
        self.stored: dict[EventId, Event] = {}
        self.visible: dict[str, list[Notice]] = {}

    def takes(self, taken: Event, *, dies_after: int | None, ahead: list[Event]) -> None:
        """Handle one event. Killed after so many sends, it starts again, and later events may be stored by then."""
        for each in (taken, *ahead):
            self.stored[each.id] = each
        attempts = [dies_after, None] if dies_after is not None else [None]
        for limit in attempts:
            state = fold(CHILD, known_as_of(self.stored.values(), taken))
            sent = 0
            for cause, notices in unsent(state, self.directory, RULES, REFERENCE).items():  # type: ignore[arg-type]
                for one in notices:
                    if limit is not None and sent >= limit:
                        break
                    self.visible.setdefault(one.id, []).append(one.notice)
                    sent += 1
                if limit is not None and sent >= limit:
                    break
                for record in told(cause, notices, RULES, self.directory):  # type: ignore[arg-type]
                    word = said(self.stored[EventId(cause)], record)
                    self.stored[word.id] = word


@settings(max_examples=examples(15), deadline=None)
@given(
    night=nights(),
    deaths=st.lists(st.none() | st.integers(0, 8), min_size=7, max_size=7),
    ahead=st.lists(st.integers(0, 3), min_size=7, max_size=7),
    directory=st.sampled_from([EVERYBODY, SOME]),
)
def test_a_worker_killed_between_sending_and_saying_so_shows_the_same_notices_as_one_that_was_not(
    night: list[Event], deaths: list[int | None], ahead: list[int], directory: object
) -> None:
    quiet, killed = Worker(directory), Worker(directory)
    for number, each in enumerate(night):
        quiet.takes(each, dies_after=None, ahead=[])
        killed.takes(each, dies_after=deaths[number], ahead=night[number + 1 : number + 1 + ahead[number]])
    assert set(killed.visible) == set(quiet.visible)
    for notices in killed.visible.values():
        assert all(one == notices[0] for one in notices), "one id, one content"


@settings(max_examples=examples(15), deadline=None)
@given(night=nights(SPOKEN), order=st.randoms(use_true_random=False))
def test_in_whatever_order_events_come_everybody_entitled_ends_up_knowing_what_it_may_see(
    night: list[Event], order: object
) -> None:
    shuffled = list(night)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    stored: list[Event] = []
    visible: list[Notice] = []
    for each in shuffled:
        stored.append(each)
        for _ in range(3):  # what is said of one cause may leave another thing to say
            state = fold(CHILD, stored)
            owed = unsent(state, EVERYBODY, RULES, REFERENCE)
            if not owed:
                break
            by_id = {known.id: known for known in state.events}
            for cause, notices in owed.items():
                visible += [one.notice for one in notices]
                stored += [said(by_id[EventId(cause)], word) for word in told(cause, notices, RULES, EVERYBODY)]
        assert not unsent(fold(CHILD, stored), EVERYBODY, RULES, REFERENCE), "it settles"
    _everybody_knows_what_it_may_see(stored)
    news = [(one.episode_id, one.recipient, one.desk) for one in visible if one.kind is NoticeKind.NEWS]
    assert len(set(news)) == len(news), "nobody is paged twice with the news of one absence"
    assert len({one.notice_id for one in visible}) == len(visible)


def _everybody_knows_what_it_may_see(stored: list[Event]) -> None:
    state = fold(CHILD, stored)
    of_messages = unfound_notices(state, EVERYBODY, RULES, packaged_delivery_rules())
    assert list(of_messages) == [], "every sender knows of its own messages whether they are about anything"
    for episode in state.episodes:
        case = case_of(state, episode, view(state, episode))
        entitled = entitlements(case, Recipients(case, EVERYBODY, REFERENCE), RULES, EVERYBODY)
        levels, said_by, told_of = Levels(case, RULES), Said(case), knowledge(case)
        for seat, knows in told_of.items():
            all_rows = entitled.seats.get(seat, ())
            rows = tuple(row for row in all_rows if row.row.id in knows.rows) or all_rows
            if not rows:
                knows_the_end = not knows.holds or knows.aspects["status"] not in OPEN
                cancelled = episode.cancelled is not None and seat[0] == episode.cancelled.agency
                assert knows_the_end or cancelled, (
                    "whoever is shut out knows of an end, and whoever cancelled knows that"
                )
                continue
            if not knows.holds or not EVERYBODY.is_connected(seat[0], case.as_of):
                continue
            for name, aspect in levels.of(rows).aspects.items():
                known = knows.aspects.get(name)
                assert known == aspect.token or said_by.is_known(seat[0], name, aspect, knows), (seat, name)


@settings(max_examples=examples(8), deadline=None)
@given(night=nights(), repeats=st.lists(st.integers(0, 6), max_size=5))
def test_a_repeat_owes_nothing_new(night: list[Event], repeats: list[int]) -> None:
    worker = Worker()
    for each in night:
        worker.takes(each, dies_after=None, ahead=[])
    before = set(worker.visible)
    for number in repeats:
        worker.takes(night[number % len(night)], dies_after=None, ahead=[])
    assert set(worker.visible) == before
    assert all(isinstance(each.body, Record) for each in worker.stored.values())
    assert sum(isinstance(each.body, Told) for each in worker.stored.values()) >= 1


@settings(max_examples=examples(15), deadline=None)
@given(night=nights())
def test_an_excluded_home_sees_the_same_whatever_happens_afterwards(night: list[Event]) -> None:
    shut_out = event(
        2, START + timedelta(minutes=60), ROCHDALE, ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME)
    )
    lifting = [each for each in night if getattr(each.body, "state", None) is ExclusionState.LIFTED]
    after = [each for each in night[1:] if each not in lifting and each.sender != HOME]
    shifted = [
        event(number, each.accepted_at + timedelta(hours=1), each.sender, each.body)
        for number, each in enumerate(after, start=3)
    ]
    worker = Worker()
    for each in (night[0], shut_out, *shifted):
        worker.takes(each, dies_after=None, ahead=[])
    seen = [one for notices in worker.visible.values() for one in notices if one.recipient == HOME]
    assert [one.what_happened for one in seen if one.issued_at > night[0].accepted_at] == [
        RULES.words["fixed"]["stood_down"]
    ]
