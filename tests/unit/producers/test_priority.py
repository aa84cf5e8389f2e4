"""What goes out first after an outage follows the risk to the child, by a table."""

from datetime import date

import pytest

from producers.priority import BrokenPriorities, Priorities, packaged_priorities
from schemas.records import (
    RECORDS,
    Acknowledged,
    Acknowledgement,
    Answer,
    ChildFound,
    ChildReturned,
    Flag,
    FlagKind,
    MissingReported,
    Person,
    Record,
    ReportedStatus,
    ReturnInterviewOffered,
    RiskAssessed,
    RiskGrade,
)

TODAY = date(2026, 3, 27)


def missing(person: Person | None = None, status: ReportedStatus = ReportedStatus.MISSING) -> MissingReported:
    return MissingReported(person=person, status=status)


def flagged(kind: FlagKind, value: Answer = Answer.YES) -> MissingReported:
    return missing(Person(flags=(Flag(kind=kind, value=value),)))


def test_the_order_follows_risk() -> None:
    records: tuple[Record, ...] = (
        RiskAssessed(grade=RiskGrade.HIGH),
        flagged(FlagKind.EXPLOITATION),
        missing(),
        RiskAssessed(grade=RiskGrade.MEDIUM),
        ChildFound(),
        ChildReturned(),
        missing(status=ReportedStatus.AWAY),
        RiskAssessed(grade=RiskGrade.LOW),
        ReturnInterviewOffered(),
        Acknowledged(layer=Acknowledgement.FETCHED),
    )
    priorities = [packaged_priorities().of(record, TODAY) for record in records]
    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == len(priorities)


def test_an_unknown_grade_is_treated_as_high() -> None:
    table = packaged_priorities()
    assert table.of(RiskAssessed(), TODAY) == table.of(RiskAssessed(grade=RiskGrade.HIGH), TODAY)


def test_only_a_flag_that_is_set_raises_a_report() -> None:
    table = packaged_priorities()
    assert table.of(flagged(FlagKind.EXPLOITATION, Answer.NO), TODAY) == table.of(missing(), TODAY)


@pytest.mark.parametrize("born, is_raised", [(date(2013, 3, 28), True), (date(2013, 3, 27), False)])
def test_a_child_under_thirteen_on_the_day_goes_first(born: date, *, is_raised: bool) -> None:
    table = packaged_priorities()
    report = missing(Person(date_of_birth=born))
    assert (table.of(report, TODAY) > table.of(missing(), TODAY)) is is_raised


def test_every_row_names_a_record_of_the_contract() -> None:
    assert packaged_priorities().rows.keys() <= RECORDS.keys()


@pytest.mark.parametrize("row", ['record = "ChildFound"', 'record = "ChildFound"\npriority = 1\nif = "x"'])
def test_a_row_that_cannot_be_read_is_refused_by_number(row: str) -> None:
    with pytest.raises(BrokenPriorities, match="row 1"):
        Priorities.from_toml(f"default = 1\n[[priority]]\n{row}")
