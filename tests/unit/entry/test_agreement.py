"""How far two agencies tell the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.entry.agreement import agreements, wilson
from hub.entry.golden import golden_rules
from schemas.records import AgencyKind, ClaimedField
from tests.unit.entry.told import at

POLICE, COUNCIL, SCHOOL = "E23000005", "E08000005", "school-1"
KINDS = {POLICE: AgencyKind.POLICE, COUNCIL: AgencyKind.AUTHORITY, SCHOOL: AgencyKind.SCHOOL}


def says(agency: str, field: str, value: str, minute: int = 0) -> ClaimedField:
    """One word of one agency."""
    return ClaimedField(
        agency=agency, sender_kind=KINDS[agency], field=field, value=value, recorded_at=at(minute),
        accepted_at=at(minute), message_id=f"m{minute}",
    )  # fmt: skip


def test_fields_that_both_know_are_compared_and_no_others() -> None:
    absence = [
        says(POLICE, "person.given_names", "Testa"),
        says(COUNCIL, "person.given_names", "TESTA"),
        says(POLICE, "person.family_name", "Lark"),
        says(COUNCIL, "person.family_name", "Wren"),
        says(POLICE, "person.date_of_birth", "2011-02-03"),
        says(COUNCIL, "person.date_of_birth", "not_known"),
    ]
    (pair,) = agreements([absence], golden_rules())
    assert (pair.agencies, pair.kinds) == ((COUNCIL, POLICE), (AgencyKind.AUTHORITY, AgencyKind.POLICE))
    assert (pair.absences, pair.compared, pair.agreeing) == (1, 2, 1)
    assert pair.differing == {"person.family_name": 1}


@pytest.mark.parametrize("born, agreeing", [("2011-03-01", 1), ("2010-03-01", 0)])
def test_a_birth_known_by_its_year_is_compared_by_its_year(born: str, agreeing: int) -> None:
    absence = [
        says(POLICE, "person.date_of_birth", "2011-01-01"),
        says(POLICE, "person.birth_precision", "year"),
        says(COUNCIL, "person.date_of_birth", born, 1),
        says(COUNCIL, "person.birth_precision", "day", 1),
    ]
    (pair,) = agreements([absence], golden_rules())
    assert (pair.compared, pair.agreeing) == (1, agreeing)


def test_a_correction_by_either_side_raises_the_score() -> None:
    absence = [says(POLICE, "person.family_name", "Lark"), says(COUNCIL, "person.family_name", "Wren", 1)]
    (before,) = agreements([absence], golden_rules())
    (after,) = agreements([[*absence, says(COUNCIL, "person.family_name", "Lark", 2)]], golden_rules())
    assert (before.score, after.score) == (0.0, 1.0)


def test_the_pair_that_surely_agrees_least_comes_first() -> None:
    name = "person.family_name"
    bad = [[says(POLICE, name, "Lark"), says(COUNCIL, name, "Wren")] for _ in range(20)]
    unsure = [[says(POLICE, name, "Lark"), says(SCHOOL, name, "Wren")]]
    first, second = agreements([*unsure, *bad], golden_rules())
    assert first.agencies == (COUNCIL, POLICE)
    assert second.interval[1] > first.interval[1]


def test_the_interval_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@given(trials=st.integers(1, 10_000), data=st.data())
def test_the_share_lies_in_its_interval_and_more_trials_narrow_it(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    more = wilson(successes * 4, trials * 4)
    assert more[1] - more[0] <= high - low
