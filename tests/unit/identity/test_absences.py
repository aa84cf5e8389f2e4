"""Several agencies report one absence within hours: what that says of who the child is, and what it does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity import (
    ClaimFacts,
    ClaimRecord,
    Decision,
    IdentityIndex,
    Levels,
    compared,
    decide,
    facts_from_columns,
    personal_evidence,
)
from hub.identity.births import Birth
from hub.identity.comparisons import Official, Quoted, Reported, Sender, Sex
from hub.identity.households import Household
from hub.identity.names import Family, Given, name_levels
from hub.identity.postings import LONG, Postings
from hub.ids import ClaimId, EventId
from schemas.records import ClaimOutcome

NIGHT = datetime(2025, 3, 14, 22, 0, tzinfo=UTC)
CHILDREN = 40
NHS = "9434765919"


class Nights:
    """An index of children who went missing in other weeks, each known to one agency, and further reports."""

    def __init__(self, apart: timedelta = timedelta(days=9)) -> None:
        self.index = IdentityIndex()
        self._number = count(1)
        for number in range(CHILDREN):
            self.take(f"Given{number:02d}", family=f"Family{number:02d}", at=NIGHT - (number + 1) * apart)

    def take(
        self, name: str, *, family: str = "Quillfeather", born: str = "", at: datetime = NIGHT, **further: str
    ) -> ClaimOutcome:
        """What is decided about one more report, by an agency of its own."""
        return self.decide(name, family=family, born=born, at=at, **further).record.outcome

    def decide(self, name: str, *, family: str, born: str, at: datetime, **further: str) -> Decision:
        """Decide about one more report, and keep it."""
        number = next(self._number)
        columns = {
            "record_id": f"r{number}", "sender": f"agency-{number}", "child_ref": f"C{number}", "sex": "male",
            "received_at": at.isoformat(), "given_names": name, "family_name": family, "date_of_birth": born,
        } | further  # fmt: skip
        facts = facts_from_columns(ClaimId(f"claim-{number}"), columns)
        decision = decide(facts, EventId(f"event-{number}"), number, self.index)
        self.index.put(decision.record)
        return decision


@pytest.mark.parametrize("born", ["", "2011", "2012", "2011-01-01", "2014-05-17"])
def test_a_name_reported_within_the_hours_of_an_absence_joins_without_a_day_of_birth(born: str) -> None:
    nights = Nights()
    assert nights.take("Osric", born="2011-05-17") is ClaimOutcome.FIRST
    assert nights.take("Osric", born=born, at=NIGHT + timedelta(hours=3)) is ClaimOutcome.LINK


@pytest.mark.parametrize(
    "known, told",
    [
        (("Ella", "Quillfeather"), ("Ella", "Quilfeathr")),
        (("Zeynab", "Mustafa"), ("Zeinab", "Mustafa")),
        (("Marwa", "Nouri"), ("Marwa", "Noori")),
    ],
)
def test_a_name_of_which_one_half_is_spelled_otherwise_is_weighed_without_a_day_of_birth(
    known: tuple[str, str], told: tuple[str, str]
) -> None:
    nights = Nights()
    nights.take(known[0], family=known[1], born="2011-05-17")
    later = NIGHT + timedelta(hours=3)
    assert nights.take(told[0], family=told[1], born="2011-01-01", at=later) is ClaimOutcome.LINK


def test_two_names_that_many_have_are_no_fact() -> None:
    postings = Postings()
    for place in range(LONG + 1):
        postings.add([1, 2] if place < LONG else [1], place)
    postings.add([3], 99)
    assert postings.in_short_blocks([1, 2, 3, 4]) == {*range(LONG), 99}


def test_without_a_day_of_birth_the_same_name_in_another_month_asks_a_person() -> None:
    nights = Nights()
    nights.take("Osric", born="2011-05-17")
    assert nights.take("Osric", at=NIGHT + timedelta(days=40)) is ClaimOutcome.REVIEW


def test_a_brother_who_went_along_is_another_child() -> None:
    nights = Nights()
    home = {"home_line": "4 Example Road", "home_postcode": "ZZ1 1ZZ"}
    said = [
        nights.decide(name, family="Quillfeather", born=born, at=NIGHT + timedelta(minutes=minutes), **home).record
        for name, born, minutes in (("Osric", "2011-05-17", 0), ("Leofwin", "2011-05-17", 5), ("Leofwin", "", 9))
    ]
    first, brother, again = (record.child for record in said)
    assert first != brother == again


def test_where_everything_was_read_in_in_one_night_its_hours_say_nothing() -> None:
    nights = Nights(apart=timedelta())
    nights.take("Osric", born="2011-05-17")
    assert nights.take("Osric", at=NIGHT + timedelta(hours=3)) is ClaimOutcome.REVIEW


def test_another_number_or_another_birth_at_the_same_hour_is_of_another_child() -> None:
    levels = Levels(
        given=Given.SAME, family=Family.SAME, birth=Birth.UNKNOWN, sex=Sex.SAME, identifier=Official.UNKNOWN,
        reference=Quoted.UNKNOWN, household=Household.UNKNOWN, sender=Sender.DIFFERENT, reported=Reported.TOGETHER,
    )  # fmt: skip
    assert personal_evidence(levels)
    assert not personal_evidence(levels._replace(reported=Reported.NEAR))
    assert not personal_evidence(levels._replace(birth=Birth.DIFFERENT))
    assert not personal_evidence(levels._replace(identifier=Official.DIFFERENT))
    assert not personal_evidence(levels._replace(given=Given.SUBSET))
    assert not personal_evidence(levels._replace(family=Family.DIFFERENT))
    assert not personal_evidence(levels._replace(family=Family.DIFFERENT, household=Household.ADDRESS))
    assert personal_evidence(levels._replace(birth=Birth.SAME, identifier=Official.DIFFERENT))
    assert not personal_evidence(
        levels._replace(birth=Birth.SAME, identifier=Official.DIFFERENT, reported=Reported.APART)
    )


HOME = {"home_line": "4 Example Road", "home_postcode": "ZZ1 1ZZ"}
PLACED = {"placement_line": "4 Example Road", "placement_postcode": "ZZ1 1ZZ"}


@pytest.mark.parametrize("born", ["2011", "2011-01-01", ""])
def test_a_fathers_and_a_grandfathers_name_are_of_one_child_in_one_absence_from_one_home(born: str) -> None:
    nights = Nights()
    assert nights.take("Osric", family="Mewael", born="2011-05-17", at=NIGHT, **HOME) is ClaimOutcome.FIRST
    later = NIGHT + timedelta(hours=3)
    assert nights.take("Osric", family="Filmon", born=born, at=later, **HOME) is ClaimOutcome.LINK


@pytest.mark.parametrize(
    "further, hours",
    [(PLACED, 3), (HOME | PLACED, 3), (HOME, 24 * 9), (HOME | {"sender": "agency-41"}, 3)],
)
def test_of_a_placement_another_time_or_the_same_agency_they_are_put_to_a_person(
    further: dict[str, str], hours: int
) -> None:
    nights = Nights()
    nights.take("Osric", family="Mewael", born="2011-05-17", at=NIGHT, **(further | {"sender": "agency-41"}))
    later = NIGHT + timedelta(hours=hours)
    assert nights.take("Osric", family="Filmon", born="2011", at=later, **further) is not ClaimOutcome.LINK


@given(
    st.sets(st.integers(0, 60), max_size=4), st.sets(st.integers(0, 60), max_size=4)
)  # fmt: skip
def test_times_are_compared_alike_from_both_sides(one: set[int], other: set[int]) -> None:
    records: list[ClaimFacts] = []
    for name, hours in (("a", one), ("b", other)):
        index = IdentityIndex()
        for at in [(NIGHT + timedelta(hours=6 * hour)).isoformat() for hour in sorted(hours)] or [""]:
            facts = facts_from_columns(ClaimId(name), {"sender": name, "child_ref": "C", "received_at": at})
            index.put(decide(facts, EventId(f"{name} {at}"), 1, index).record)
        records.extend(record.facts for record in index)
    first, second = compared(*records), compared(*reversed(records))
    assert (first.levels, first.times) == (second.levels, second.times)
    apart = min((abs(x - y) for x in one for y in other), default=None)
    expected = Reported.UNKNOWN if apart is None else Reported.TOGETHER if apart <= 1 else None
    assert expected is None or first.levels.reported is expected


def test_the_latest_times_of_a_claim_are_kept_and_an_index_built_anew_counts_the_same() -> None:
    index = IdentityIndex()
    for day in range(12):
        at = (NIGHT + timedelta(days=day)).isoformat()
        columns = {"record_id": f"r{day}", "sender": "agency", "child_ref": "C", "given_names": "Osric",
                   "received_at": at}  # fmt: skip
        decision = decide(facts_from_columns(ClaimId("claim"), columns), EventId(f"e{day}"), day, index)
        index.put(decision.record)
    rebuilt = IdentityIndex(ClaimRecord.from_bytes(each.to_bytes()) for each in index)
    kept = sorted(next(iter(index)).facts.reported)
    assert len(kept) == 8
    for time in range(kept[0] - 40, kept[-1] + 4):
        assert index.surroundings.reported_at([time]) == rebuilt.surroundings.reported_at([time])
    assert index.surroundings.reported_at([kept[0]]) > index.surroundings.reported_at([kept[0] - 8])


def test_a_row_of_before_times_were_kept_is_read_and_says_nothing_of_them() -> None:
    record = Nights().decide("Osric", family="Quillfeather", born="2011-04-02", at=NIGHT).record
    fields = record.to_row().split("\x1f")
    time = next(iter(record.facts.reported))
    older = "\x1f".join(field for field in fields if field != str(time))
    read = ClaimRecord.from_row(older)
    assert read == replace(record, facts=replace(record.facts, reported=frozenset()))
    assert len(read.to_row().split("\x1f")) == len(fields), "kept as a row of now"


def test_a_time_that_cannot_be_read_is_unknown() -> None:
    for text in ("", "yesterday", "2025-13-45"):
        facts = facts_from_columns(ClaimId("a"), {"sender": "a", "child_ref": "C", "received_at": text})
        assert facts.reported == frozenset()
    plain, offset = (
        facts_from_columns(ClaimId("a"), {"sender": "a", "child_ref": "C", "received_at": text}).reported
        for text in ("2025-03-14T22:00:00", "2025-03-14T23:00:00+01:00")
    )
    assert plain == offset != frozenset()


def test_numbers_of_two_children_are_weighed_up_where_name_and_birthday_say_clearly_of_which() -> None:
    nights = Nights()
    nights.take("Osric", born="2011-05-17", nhs_number=NHS)
    nights.take("Leofwin", family="Underbank", born="2013-11-02", upn="A123456789012", other_refs="log:77123")
    again = {"nhs_number": NHS, "other_refs": "log:77123", "at": NIGHT + timedelta(days=30)}
    assert nights.take("Osric", born="2011-05-17", **again) is ClaimOutcome.LINK  # type: ignore[arg-type]
    assert nights.take("Wystan", born="1999-01-09", **again) is ClaimOutcome.REVIEW  # type: ignore[arg-type]


def test_twins_whose_names_are_both_swapped_do_not_agree_in_the_family_name() -> None:
    known_given, known_family = [("owusu",), ("fatemeh",)], [("fatemeh",), ("owusu",)]
    assert name_levels([("owusu",)], [("shirin",)], known_given, known_family).given is Given.OVERLAP
    assert name_levels([("filmon",)], [("filmon",)], [("filmon",)], [("mewael",)]).given is Given.SAME


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ("Mohmmad Ali", "Mohammed Amir", False),
        ("Mohmmad Ali", "Mohammed Ali", True),
        ("Muhaemed", "Mohammed", True),
        ("Mahmod", "Mohammed", False),
        ("Mohammad Rafi", "Abdul Rafi", False),
        ("Mohd Rafi", "Mohammad Rafi", True),
        ("Syed Rafi", "Mohammad Rafi", True),
        ("Bilal Mohammed", "Bilal Abdul", True),
    ],
)
def test_a_first_name_that_brothers_share_is_so_when_it_is_misspelled(one: str, other: str, *, expected: bool) -> None:
    first, second = tuple(one.lower().split()), tuple(other.lower().split())
    level = name_levels([first], [("sample",)], [second], [("sample",)]).given
    assert (level in {Given.SAME, Given.VARIANT, Given.CLOSE}) is expected
