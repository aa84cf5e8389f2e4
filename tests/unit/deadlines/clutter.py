"""Anything at all that may be told of a child whose duties are counted: messages full of what the clocks read."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from hub.ids import HUB
from schemas.records import (
    AgreedStatement,
    Answer,
    Arrangement,
    AttemptOutcome,
    BirthPrecision,
    ChildFound,
    ChildReturned,
    Condition,
    Confidence,
    DeadlineRaised,
    DeadlineStage,
    DisagreementFound,
    DisagreementSide,
    EnquiryRequested,
    EnquiryState,
    ExclusionSet,
    ExclusionState,
    FindingState,
    Flag,
    FlagKind,
    InterviewOutcome,
    NationalComputerState,
    OfferAttempt,
    Order,
    OrderKind,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    Person,
    Placement,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Publicity,
    PublicityDecided,
    Record,
    ReportedStatus,
    ReturnArranged,
    ReturnedTo,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
    StrategyDecision,
    StrategyDecisionRecorded,
    SupportArranged,
    SupportKind,
    ToldByOtherMeans,
)
from tests.unit.episode.anything import DAY, SENDERS, tellings
from tests.unit.episode.telling import BLACKPOOL, LANCASHIRE, LEEDS, WEST_YORKSHIRE, Telling, missing

BORN = (None, None, date(2008, 3, 3), date(2013, 5, 5), date(1990, 1, 1))


def cluttered(max_size: int = 14) -> st.SearchStrategy[Telling]:
    """What may be told of absences, with messages between that begin, answer and disturb clocks."""
    numbers = st.lists(st.integers(0, 2**32), min_size=0, max_size=max_size)
    return st.tuples(tellings(8), numbers).map(lambda both: _with(both[0], both[1]))


def _with(told: Telling, numbers: list[int]) -> Telling:
    for number in numbers:
        chance = Random(number)
        when = DAY + timedelta(minutes=30 * chance.randrange(200))
        accepted = when + timedelta(minutes=30 * chance.choice((0, 1, 2, 20, 90)))
        sender, body = _said(chance, when, told)
        told.tell(accepted, sender or chance.choice(SENDERS), body)
    return told


def _said(chance: Random, when: datetime, told: Telling) -> tuple[Any, Record]:  # noqa: C901, PLR0911, PLR0912 - a list
    """One message that some clock reads; what it names is one of the messages before it, or nothing that exists."""

    def one_of(*values: Any) -> Any:  # noqa: ANN401
        return chance.choice(values)

    def later() -> datetime:
        return when + timedelta(hours=chance.randrange(-30, 300))

    named = one_of(*(event.id for event in told.events), "0a4f2c1e-0000-5000-8000-00000000ffff")
    flag = Flag(
        kind=one_of(*FlagKind), value=one_of(*Answer), review_by=one_of(None, later()), set_at=one_of(None, when)
    )
    match chance.randrange(19):
        case 0:
            person = Person(
                flags=(flag,),
                date_of_birth=one_of(*BORN),
                birth_precision=one_of(BirthPrecision.DAY, BirthPrecision.YEAR),
            )
            order = Order(kind=one_of(*OrderKind), until=one_of(None, later()), holder=one_of(None, LANCASHIRE))
            body: Record = missing(
                one_of(when, None), person=person, orders=one_of((), (order,)), expected_by=one_of(None, later()),
                status=one_of(*ReportedStatus), area_code=one_of(None, LEEDS, "W06000015"),
            )  # fmt: skip
            return None, body
        case 1:
            attempts = tuple(OfferAttempt(at=one_of(None, later()), outcome=one_of(*AttemptOutcome)) for _ in range(2))
            return None, ReturnInterviewOffered(attempts=one_of((), attempts))
        case 2:
            statements = one_of((), (AgreedStatement(text="…"),))
            return None, ReturnInterviewRecorded(
                outcome=one_of(*InterviewOutcome), held_at=one_of(None, later()), harm_disclosed=one_of(*Answer),
                agreed_statements=statements,
            )  # fmt: skip
        case 3:
            return WEST_YORKSHIRE, PreventionInterviewRecorded(
                outcome=one_of(*PreventionOutcome), held_at=one_of(None, later()), harm_disclosed=one_of(*Answer)
            )
        case 4:
            return WEST_YORKSHIRE, PoliceResponse(
                decision=one_of(*PoliceDecision), national_computer=one_of(*NationalComputerState),
                circulated_at=one_of(None, later()), circulation_cancelled_at=one_of(None, later()),
            )  # fmt: skip
        case 5:
            return WEST_YORKSHIRE, RiskAssessed(
                grade=one_of(*RiskGrade), occurred_at=when, review_due=one_of(None, later())
            )
        case 6:
            placed = Placement(kind=one_of(*PlacementKind), host_authority=one_of(None, BLACKPOOL, LEEDS))
            return None, PlacementChanged(
                to_placement=one_of(None, placed), from_placement=one_of(None, placed),
                started_at=one_of(None, later()), ended_at=one_of(None, later()),
                move=one_of(*PlacementMove), host_notified_at=one_of(None, later()),
            )  # fmt: skip
        case 7:
            return None, EnquiryRequested(
                state=one_of(*EnquiryState), of_agency=one_of(None, LEEDS), by_when=one_of(None, later()),
                answers=one_of(None, named),
            )  # fmt: skip
        case 8:
            return None, OwnershipTransferred(
                kind=one_of(*OwnershipKind), from_agency=WEST_YORKSHIRE, to_agency=LANCASHIRE,
                step=one_of(*OwnershipStep), proposal=one_of(None, named), in_writing=one_of(*Answer),
            )  # fmt: skip
        case 9:
            return None, PublicityDecided(decision=one_of(*Publicity), withdrawn_at=one_of(None, later()))
        case 10:
            return None, ExclusionSet(
                state=one_of(*ExclusionState), excluded_agency=LEEDS, review_by=one_of(None, later())
            )
        case 11:
            return None, SightingReported(confidence=one_of(*Confidence), seen_at=later())
        case 12:
            return None, ToldByOtherMeans(
                recipient_agency=one_of(None, LEEDS, BLACKPOOL), told_at=one_of(None, later()),
                recipient_role=one_of(None, "national_unit", "ofsted"),
            )  # fmt: skip
        case 13:
            return None, StrategyDecisionRecorded(decision=one_of(*StrategyDecision), decided_at=one_of(None, later()))
        case 14:
            return None, ReturnArranged(arrangement=one_of(*Arrangement), expected_at=later())
        case 15:
            return None, ChildFound(found_at=later(), seen_by=one_of(*SeenBy), condition=one_of(*Condition))
        case 16:
            return None, ChildReturned(returned_at=later(), to=one_of(*ReturnedTo), settled_elsewhere=one_of(*_EITHER))
        case 17:
            return None, SupportArranged(kind=one_of(*SupportKind))
        case _:
            return HUB, _of_the_hub(one_of, later, told)


_EITHER = (True, False)


def _of_the_hub(one_of: Any, later: Any, told: Telling) -> Record:  # noqa: ANN401
    """What the hub itself says, about an absence of this child or of nobody."""
    episode = one_of("nobody", *(each.id for each in told.state.episodes))
    if one_of(*_EITHER):
        due = later()
        return DeadlineRaised(
            episode_id=episode, duty=one_of("return_interview", "circulated"), stage=one_of(*DeadlineStage),
            due_at=due, raw_due_at=due,
        )  # fmt: skip
    sides = tuple(DisagreementSide(agency=agency, value="…") for agency in (LEEDS, WEST_YORKSHIRE))
    return DisagreementFound(
        episode_id=episode,
        field=one_of("person.sex", "began_at"),
        sides=sides,
        since=later(),
        state=one_of(*FindingState),
    )
