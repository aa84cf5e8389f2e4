"""Twins, brothers and sisters, namesakes: what must never be joined without a person, and what should be."""

from collections.abc import Iterable
from functools import cache
from itertools import count

import pytest

from hub.identity import (
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
from hub.identity.blocking import blocking_keys
from hub.identity.comparisons import Official, Quoted, Reported, Sender, Sex
from hub.identity.households import Household
from hub.identity.names import Family, Given, name_levels
from hub.identity.score import score
from hub.identity.words import Likeness, likeness
from hub.ids import ClaimId, EventId
from schemas.records import ClaimOutcome

HOME = {"home_line": "4 Example Road", "home_postcode": "ZZ1 1ZZ"}
NHS, ANOTHER_NHS = "9434765919", "9434765870"


class Reports:
    """An index, and reports of different agencies about one family."""

    def __init__(self, known: Iterable[ClaimRecord] = ()) -> None:
        self.index = IdentityIndex(known)
        self._number = count(len(self.index) + 1)

    def take(self, given: str, *, family: str = "Sample", born: str = "2011-03-14", **further: str) -> ClaimOutcome:
        """What is decided about one more report."""
        return self.decide(given, family=family, born=born, **further).record.outcome

    def decide(self, given: str, *, family: str = "Sample", born: str = "2011-03-14", **further: str) -> Decision:
        """Decide about one more report, by an agency of its own."""
        number = next(self._number)
        columns = {
            "record_id": f"r{number}",
            "sender": f"agency-{number}",
            "child_ref": f"C{number}",
            **HOME,
            **further,
        }
        columns |= {"given_names": given, "family_name": family, "date_of_birth": born}
        facts = facts_from_columns(ClaimId(f"claim-{number}"), columns)
        decision = decide(facts, EventId(f"event-{number}"), number, self.index)
        self.index.put(decision.record)
        return decision


@pytest.mark.parametrize(
    "one, other",
    [
        ("Hassan", "Hussain"),
        ("Jayden", "Hayden"),
        ("Mia", "Amelia"),
        ("Ella", "Isabella"),
        ("Harry", "Henry"),
        ("Isabella", "Isabelle"),
        ("Evie", "Eva"),
        ("Mohammed Ali", "Mohammed Amir"),
        ("Mohammed", "Mohammed Amir"),
        ("Abdul Rahim", "Abdul Karim"),
        ("Conor Ruairi", "Ruairi"),
        ("Thu Trang", "Thu Ha"),
        ("Thi Lan", "Thi Mai"),
        ("Ahmad", "Mahmod"),
        ("Ahmad", "Mahmoud"),
        ("Jawad", "Javid"),
        ("Andrei", "Andreea"),
        ("Simran Kaur", "Kiran Kaur"),
        ("Jan", "Jakub"),
        ("A", "Abel"),
        ("", "Abel"),
        ("Baby", "Abel"),
    ],
)
def test_twins_are_never_joined_without_a_person(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        reports = Reports()
        reports.take(first, sex="male")
        assert reports.take(second, sex="male") is not ClaimOutcome.LINK


def test_a_twins_number_on_the_wrong_record_joins_nobody() -> None:
    reports = Reports()
    reports.take("Hassan", nhs_number=NHS)
    assert reports.take("Bilal", nhs_number=NHS) is ClaimOutcome.REVIEW


@cache
def _only_children() -> tuple[ClaimRecord, ...]:
    """So many children of other houses that an index of them knows brothers and sisters to be few."""
    reports, records = Reports(), []
    for number in range(1_200):
        day = f"20{number % 9 + 10:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        letters = f"{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number // 676)}"
        elsewhere = {"home_line": f"{number} Sample Street", "home_postcode": f"YY{number % 99} 9ZZ"}
        records.append(reports.decide(f"Q{letters}", family=f"X{letters[::-1]}", born=day, **elsewhere).record)
    return tuple(records)


def test_a_number_and_a_birthday_join_another_given_name_where_siblings_are_few() -> None:
    reports = Reports(_only_children())
    reports.take("Hassan", nhs_number=NHS)
    assert reports.take("Bilal", nhs_number=NHS) is ClaimOutcome.LINK


@pytest.mark.parametrize("known", [True, False])
def test_a_number_joins_no_middle_name_where_the_twin_who_is_called_so_is_known(*, known: bool) -> None:
    reports = Reports(_only_children() if known else ())
    reports.take("Hassan Bilal", nhs_number=NHS)
    assert reports.take("Bilal", nhs_number=ANOTHER_NHS) is not ClaimOutcome.LINK
    assert reports.take("Bilal", nhs_number=NHS) is not ClaimOutcome.LINK


@pytest.mark.parametrize("born", ["2011-03-14", "2011"])
def test_a_number_joins_a_middle_name_beside_the_birthday_or_the_house_and_the_family_name(born: str) -> None:
    for first, second in (("Hassan Bilal", "Bilal"), ("Bilal", "Hassan Bilal")):
        reports = Reports(_only_children())
        reports.take(first, nhs_number=NHS)
        assert reports.take(second, born=born, nhs_number=NHS) is ClaimOutcome.LINK


def test_a_middle_name_without_a_number_or_beside_another_birthday_is_put_to_a_person() -> None:
    for further in ({}, {"nhs_number": NHS, "born": "2013-09-27"}):
        reports = Reports(_only_children())
        reports.take("Hassan Bilal", nhs_number=NHS)
        assert reports.take("Bilal", **further) is ClaimOutcome.REVIEW


def test_a_number_joins_nobody_where_name_and_birthday_are_of_another() -> None:
    reports = Reports(_only_children())
    reports.take("Hassan", nhs_number=NHS)
    assert reports.take("Bilal", nhs_number=NHS, born="2008-10-30") is ClaimOutcome.REVIEW


@pytest.mark.parametrize("born", ["2011-03-14", "2008-10-30"])
def test_a_number_with_the_name_of_a_known_twin_or_brother_never_joins_the_numbers_child(born: str) -> None:
    reports = Reports(_only_children())
    hassan = reports.decide("Hassan", nhs_number=NHS).record
    reports.take("Bilal", nhs_number=ANOTHER_NHS, born=born)
    decision = reports.decide("Bilal", nhs_number=NHS)
    assert decision.record.child != hassan.child
    assert hassan.child in {review.child_b for review in decision.reviews}


def test_a_number_and_a_birthday_with_a_brothers_name_says_why_a_person_is_asked() -> None:
    reports = Reports(_only_children())
    reports.take("Hassan", nhs_number=NHS)
    brother = reports.decide("Bilal", nhs_number=ANOTHER_NHS, born="2008-10-30").record
    decision = reports.decide("Bilal", nhs_number=NHS)
    assert decision.record.outcome is ClaimOutcome.REVIEW
    assert brother.child in {review.child_b for review in decision.reviews}
    assert decision.record.why == "another child of that birthday or household has the given name"


@pytest.mark.parametrize("alike", ["Charlee", "Chalie", "Charly"])
def test_alike_names_of_one_birthday_with_two_numbers_are_twins(alike: str) -> None:
    reports = Reports()
    reports.take("Charlie", nhs_number=NHS)
    assert reports.take(alike, nhs_number=ANOTHER_NHS) is not ClaimOutcome.LINK


def test_an_alike_name_of_one_birthday_is_a_slip_until_the_index_has_seen_it_several_times() -> None:
    seen = Reports()
    for number in range(3):
        elsewhere = {"home_line": f"{number} Sample Street", "home_postcode": f"YY{number} 9ZZ"}
        seen.take("Charlee", family=f"Other{number}", born=f"200{number}-05-06", **elsewhere)
    for reports, expected in ((Reports(), ClaimOutcome.LINK), (seen, ClaimOutcome.REVIEW)):
        reports.take("Charlie")
        assert reports.take("Charlee") is expected


def test_names_of_several_claims_do_not_cross_by_chance() -> None:
    """One claim has the twin's names swapped, another its father's name: together they look like the other twin."""
    reports = Reports()
    reports.take("Faisal", family="Mahmoud")
    assert reports.take("Mahmoud", family="Faisal") is ClaimOutcome.LINK
    assert reports.take("Faisal", family="Ahmad") is ClaimOutcome.REVIEW
    assert reports.take("Faisal", family="Mahmoud") is ClaimOutcome.LINK
    assert reports.take("Faisal", family="Ahmad") is ClaimOutcome.LINK
    assert reports.take("Ahmad", family="Mahmoud") is not ClaimOutcome.LINK


def test_a_namesake_of_the_same_house_is_another_child() -> None:
    reports = Reports()
    reports.take("Yusuf", family="Karim")
    assert reports.take("Yusuf", family="Karim", born="2004-08-30") is not ClaimOutcome.LINK
    assert reports.take("Yusuf", family="Karim", born="2010-03-14") is not ClaimOutcome.LINK
    assert reports.take("Yusuf", family="Karim", born="2011-03-29") is not ClaimOutcome.LINK


@pytest.mark.parametrize(
    "given, family, born",
    [
        ("Olly", "Sample", "2011-03-04"),
        ("Oliver", "Sampel", "2011-03-04"),
        ("OLIVER", "Sample-Testcase", "2011-04-03"),
        ("Sample", "Oliver", "2011-03-04"),
        ("Oliver", "Sample", "2011"),
        ("Oliver", "Sample", "2011-01-01"),
    ],
)
def test_one_child_told_otherwise_at_the_same_address_is_joined(given: str, family: str, born: str) -> None:
    reports = Reports()
    reports.take("Oliver", born="2011-03-04")
    assert reports.take(given, family=family, born=born) is ClaimOutcome.LINK


def test_a_year_of_birth_without_the_address_asks_a_person() -> None:
    reports = Reports()
    reports.take("Mohammed", family="Ali", born="2008-06-07")
    elsewhere = {"home_line": "", "home_postcode": ""}
    assert reports.take("Mohammed", family="Ali", born="2008-01-01", **elsewhere) is not ClaimOutcome.LINK


def test_nothing_known_of_either_is_no_agreement() -> None:
    reports = Reports()
    nothing = {"home_line": "", "home_postcode": ""}
    reports.take("", family="", born="", **nothing)
    assert reports.take("Unknown", family="A", born="", **nothing) is ClaimOutcome.FIRST


def test_the_gate_wants_more_than_a_household() -> None:
    levels = Levels(
        given=Given.DIFFERENT, family=Family.SAME, birth=Birth.SAME, sex=Sex.SAME, identifier=Official.UNKNOWN,
        reference=Quoted.UNKNOWN, household=Household.ADDRESS, sender=Sender.DIFFERENT, reported=Reported.APART,
    )  # fmt: skip
    assert not personal_evidence(levels)
    assert personal_evidence(levels._replace(given=Given.SAME))
    assert personal_evidence(levels._replace(given=Given.SAME, birth=Birth.YEAR))
    assert personal_evidence(levels._replace(given=Given.SAME, birth=Birth.UNKNOWN))
    assert not personal_evidence(levels._replace(given=Given.SAME, birth=Birth.UNKNOWN, sex=Sex.UNKNOWN))
    assert not personal_evidence(levels._replace(given=Given.SAME, birth=Birth.UNKNOWN, family=Family.DIFFERENT))
    assert personal_evidence(levels._replace(given=Given.CLOSE, birth=Birth.UNKNOWN))
    assert not personal_evidence(levels._replace(given=Given.SAME, birth=Birth.UNKNOWN, household=Household.UNKNOWN))
    assert not personal_evidence(levels._replace(given=Given.SAME, birth=Birth.YEAR, family=Family.DIFFERENT))
    whole = levels._replace(given=Given.SAME, birth=Birth.YEAR, household=Household.UNKNOWN)
    assert personal_evidence(whole)
    assert not personal_evidence(whole._replace(family=Family.DIFFERENT))
    assert not personal_evidence(whole._replace(household=Household.DIFFERENT))
    assert personal_evidence(levels._replace(given=Given.SAME, birth=Birth.FAR_YEAR))
    assert not personal_evidence(levels._replace(given=Given.SAME, birth=Birth.FAR_YEAR, household=Household.UNKNOWN))
    assert personal_evidence(levels._replace(identifier=Official.SAME))
    apart = levels._replace(given=Given.SAME, identifier=Official.DIFFERENT)
    assert personal_evidence(apart)
    assert not personal_evidence(apart._replace(household=Household.UNKNOWN))
    assert not personal_evidence(apart._replace(birth=Birth.YEAR))


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ("mo", "muhamad", Likeness.NICKNAME),
        ("tilly", "matilda", Likeness.NICKNAME),
        ("aga", "agnieszka", Likeness.NICKNAME),
        ("sasha", "oleksandr", Likeness.NICKNAME),
        ("mia", "amelia", Likeness.NEAR),
        ("muhammad", "mohamed", Likeness.VARIANT),
        ("eeaf", "aoife", Likeness.CLOSE),
        ("mahmod", "ahmad", Likeness.DIFFERENT),
        ("hassan", "hussain", Likeness.DIFFERENT),
        ("fehed", "fahad", Likeness.CLOSE),
        ("semer", "samar", Likeness.NEAR),
    ],
)
def test_how_alike_two_words_are(one: str, other: str, expected: Likeness) -> None:
    assert likeness(one, other) is likeness(other, one) is expected


def test_an_order_of_two_vietnamese_fields_is_seen_as_swapped() -> None:
    found = name_levels([("ngo",)], [("hoang", "phuc")], [("hoang", "phuc")], [("ngo",)])
    assert (found.given, found.family) == (Given.SWAPPED, Family.SWAPPED)


@pytest.mark.parametrize(
    "one, other",
    [("Corey", "Cory"), ("Oksana", "Oxana"), ("Tyrese", "Tyreese"), ("Monika", "Monica"), ("Makeda", "Maqueda")],
)
def test_letters_that_clerks_choose_between_make_one_name(one: str, other: str) -> None:
    assert likeness(one.lower(), other.lower()) is Likeness.VARIANT


@pytest.mark.parametrize("one, other", [("Jack", "Jake"), ("Gabriel", "Gabrielle"), ("Mia", "Maya")])
def test_letters_that_are_heard_make_two_names(one: str, other: str) -> None:
    assert likeness(one.lower(), other.lower()) < Likeness.CLOSE


@pytest.mark.parametrize(
    "given, family",
    [("Nguyen Huy", "Nguyen"), ("Huy Nguyen", ""), ("Nguyen Huy", ""), ("Huy", "Nguyen")],
)
def test_a_family_name_among_the_given_ones_is_left_out(given: str, family: str) -> None:
    levels = name_levels(
        [tuple(given.lower().split())], [tuple(family.lower().split())] if family else [], [("huy",)], [("nguyen",)]
    )
    assert levels.given is Given.SAME


def test_a_given_name_that_only_brothers_share_is_not_what_is_left() -> None:
    one = name_levels([("mohammed", "ali")], [("ali",)], [("mohammed", "amir")], [("ali",)])
    assert one.given in {Given.OVERLAP, Given.DIFFERENT}


def test_another_sex_beside_the_same_name_is_a_slip_and_beside_another_name_another_child() -> None:
    same, other = Reports(), Reports()
    same.take("Weronika", sex="female")
    assert same.take("Veronika", sex="male") is ClaimOutcome.LINK
    other.take("Weronika", sex="female")
    assert other.take("", sex="male") is not ClaimOutcome.LINK


def test_a_home_beside_a_placement_does_not_disagree() -> None:
    home = {"home_line": "4 Example Road", "home_postcode": "ZZ1 1ZZ"}
    placement = {"placement_line": "9 Sample Lane", "placement_postcode": "YY9 9ZZ"}
    both = compared(facts_from_columns(ClaimId("a"), home), facts_from_columns(ClaimId("b"), placement))
    assert both.levels.household is Household.UNKNOWN
    moved = compared(facts_from_columns(ClaimId("a"), home), facts_from_columns(ClaimId("b"), home | placement))
    assert moved.levels.household is Household.ADDRESS
    elsewhere = {"home_line": "77 Other Street", "home_postcode": "XX7 7ZZ"}
    apart = compared(facts_from_columns(ClaimId("a"), home), facts_from_columns(ClaimId("b"), elsewhere))
    assert apart.levels.household is Household.DIFFERENT


def test_a_report_without_a_birth_joins_the_child_of_that_name_and_house() -> None:
    reports = Reports(_only_children())
    reports.take("Yusuf", family="Karim", sex="male")
    assert reports.take("Yousef", family="Karim", born="", sex="male") is ClaimOutcome.LINK
    assert reports.take("Yusuf", family="Karim", born="") is ClaimOutcome.REVIEW


def _invented_names() -> list[str]:
    """Names that are far apart, and in no table."""
    return [one + other for one in ("Bo", "Dak", "Kim", "Mur", "Rez", "Zal", "Lif", "Foq") for other in _ENDINGS]


_ENDINGS = ("rantu", "tisko", "melfa", "gudji", "povle", "shande", "wickro", "lorbu")


def test_where_namesakes_share_houses_a_report_without_a_birth_asks_a_person() -> None:
    reports = Reports()
    for number, name in enumerate(_invented_names()):
        house = {"home_line": f"{number} Sample Street", "home_postcode": f"YY{number} 9ZZ"}
        for year in (2001, 2014):
            born = f"{year}-{number % 12 + 1:02d}-{number % 27 + 2:02d}"
            reports.take(name, family=f"X{name[::-1]}", born=born, sex="male", **house)
    assert reports.index.surroundings.namesakes > 0.2
    reports.take("Yusuf", family="Karim", sex="male")
    assert reports.take("Yusuf", family="Karim", born="", sex="male") is ClaimOutcome.REVIEW


def test_a_home_of_many_children_says_little_of_who_somebody_is() -> None:
    reports = Reports()
    before = explained_house(reports)
    for number, name in enumerate(_invented_names()):
        born = f"20{number % 9 + 10}-{number % 12 + 1:02d}-{number % 27 + 2:02d}"
        reports.take(name, family=f"X{name[::-1]}", born=born)
    assert explained_house(reports) < before


def explained_house(reports: Reports) -> float:
    """The bits of a pair of the same address, as the index stands."""
    one, other = (facts_from_columns(ClaimId(name), HOME | {"record_id": name}) for name in ("a", "b"))
    return score(compared(one, other), reports.index.surroundings).bits


def test_a_slip_in_a_middle_name_leaves_it_a_middle_name() -> None:
    reports = Reports()
    reports.take("Sean Conoor", sex="male")
    assert reports.take("Connor", sex="male") is not ClaimOutcome.LINK


@pytest.mark.parametrize("one, other", [("wing", "ming"), ("kamil", "jamil"), ("tara", "zara")])
def test_another_first_letter_of_a_short_name_is_another_name(one: str, other: str) -> None:
    assert likeness(one, other) < Likeness.CLOSE


def test_another_child_that_one_report_fits_as_well_is_most_often_the_same_in_pieces() -> None:
    reports = Reports()
    elsewhere = {"home_line": "77 Other Street", "home_postcode": "XX7 7ZZ"}
    first = reports.decide("Kyron", family="Sample", sex="male", **elsewhere).record
    nothing = {"home_line": "", "home_postcode": ""}
    reports.take("Kyron", family="Testcase", born="2011", sex="male", **nothing)
    decision = reports.decide("Kyron", family="Testcase", sex="male", **elsewhere)
    assert decision.record.child == first.child


def test_a_middle_name_does_not_cross_with_a_family_name() -> None:
    reports = Reports()
    reports.take("Berhane", family="Robel Daniel", sex="male")
    assert reports.take("Daniel", family="Berhane", sex="male") is not ClaimOutcome.LINK


def test_names_that_agree_in_sound_alone_are_weighed() -> None:
    nowhere = {"home_line": "", "home_postcode": ""}
    for one, other in (("Mustapha", "Mohammed"), ("Mustafa", "Mohamed")), (("Zelan", "Azaad"), ("Zilan", "Azat")):
        reports = Reports()
        reports.take(one[0], family=one[1], **nowhere)
        assert reports.take(other[0], family=other[1], **nowhere) is ClaimOutcome.LINK


def test_a_rare_whole_name_and_its_year_join_and_a_common_one_asks_a_person() -> None:
    nowhere = {"home_line": "", "home_postcode": ""}
    for given, family, expected in (
        ("Semhar", "Weldu", ClaimOutcome.LINK),
        ("Mohammed", "Ali", ClaimOutcome.REVIEW),
    ):
        reports = Reports()
        reports.take(given, family=family)
        assert reports.take(given, family=family, born="2011-01-01", **nowhere) is expected


def test_a_slip_of_the_year_joins_in_one_house_and_the_birth_of_a_cousin_does_not() -> None:
    for born, expected in (("2017-03-14", ClaimOutcome.LINK), ("2013-03-14", ClaimOutcome.REVIEW)):
        reports = Reports()
        reports.take("Semhar", sex="female")
        assert reports.take("Semhar", born=born, sex="female") is expected


def test_a_placeholder_says_nothing_beside_days_that_are_known() -> None:
    reports = Reports()
    reports.take("Semhar", born="2009-10-14", sex="female")
    reports.take("Semhar", born="2010-01-01", sex="female")
    assert reports.take("Semhar", born="2011-08-02", sex="female") is not ClaimOutcome.LINK


def test_an_agency_that_has_a_name_and_its_short_form_of_one_birthday_may_have_twins() -> None:
    for second, expected in (("school", ClaimOutcome.LINK), ("police", ClaimOutcome.REVIEW)):
        reports = Reports()
        reports.take("Thomas", sender="police", child_ref="P1")
        assert reports.take("Tommy", sender=second, child_ref="P2") is expected


def test_an_agency_that_has_two_sexes_under_one_name_and_birthday_may_have_twins() -> None:
    for second, expected in (("school", ClaimOutcome.LINK), ("police", ClaimOutcome.REVIEW)):
        reports = Reports()
        reports.take("Thomas", sender="police", child_ref="P1", sex="male")
        assert reports.take("Thomas", sender=second, child_ref="P2", sex="female") is expected


def test_a_fathers_name_does_not_stand_in_for_a_twins() -> None:
    first = [("hassan", "hassan", "abdirahman"), ("hassan",)], [("omar",), ("abdulrahman",), ("hassan",)]
    second = [("abdi", "hassan", "abdirahman")], [("omar",)]
    assert name_levels(*first, *second).given is Given.SUBSET
    assert name_levels(*second, *first).given is Given.SUBSET


@pytest.mark.parametrize(
    "one, other, given, family",
    [
        ("Long Yat|Leung", "Yat|Leung", Given.NICKNAME, Family.SAME),
        ("LongYat|Leung", "Yat|Leung", Given.NICKNAME, Family.SAME),
        ("Leung|Yat", "Long Yat|Leung", Given.NICKNAME, Family.SAME),
        ("Na Li|Lau", "NaLi|Lau", Given.SAME, Family.SAME),
        ("Smith|Alf", "Alfie|Smith", Given.SWAPPED, Family.SWAPPED),
        ("Not Known|Young", "Amelia|Young", Given.UNKNOWN, Family.SAME),
        ("Young Person|Young", "Amelia|Young", Given.UNKNOWN, Family.SAME),
        ("Gabbriel|Sample", "Gabi|Sample", Given.NICKNAME, Family.SAME),
        ("Ahmmed|Sample", "Ahmad|Sample", Given.VARIANT, Family.SAME),
        ("Abdi|Sample", "Cabdi|Sample", Given.VARIANT, Family.SAME),
        ("Conor Ruairi|Sample", "Ruairi|Sample", Given.SUBSET, Family.SAME),
        ("Patrick|Sample", "Padraig|Sample", Given.NEAR, Family.SAME),
        ("Abdi Abdi Mahad|Sample", "Ali Abdi Mahad|Sample", Given.OVERLAP, Family.SAME),
        ("Wei Jie|Lin", "Wii Jie|Lin", Given.CLOSE, Family.SAME),
        ("Manh Hung|Le", "Manh Zung|Le", Given.DIFFERENT, Family.SAME),
        ("Zi Hao|Lin", "Zi Han|Lin", Given.OVERLAP, Family.SAME),
        ("Mary Rosee|Sample", "Maryrose|Sample", Given.CLOSE, Family.SAME),
        ("Kai E|Sample", "Kane|Sample", Given.DIFFERENT, Family.SAME),
        ("Muhamed Ali|Sample", "Mohammed Ali|Sample", Given.SAME, Family.SAME),
        ("M Karim|Sample", "Karim|Sample", Given.SAME, Family.SAME),
        ("M Karim|Sample", "Mohd Karim|Sample", Given.SAME, Family.SAME),
        ("M James|Sample", "Mary James|Sample", Given.SAME, Family.SAME),
        ("Abu Bakr|Sample", "Abubakar|Sample", Given.VARIANT, Family.SAME),
        ("Gebre Hiwet|Sample", "Gebrehiwot|Sample", Given.VARIANT, Family.SAME),
        ("Rahmat|Sample", "Rahmatullah|Sample", Given.NICKNAME, Family.SAME),
        ("Wali|Sample", "Abdulwali|Sample", Given.NICKNAME, Family.SAME),
        ("Tobiloba|Sample", "Oluwatobiloba|Sample", Given.NICKNAME, Family.SAME),
        ("Rahim|Sample", "Abdulkarim|Sample", Given.DIFFERENT, Family.SAME),
        ("Habibullah|Sample", "Najibullah|Sample", Given.NEAR, Family.SAME),
        ("Testa|Alhasan", "Testa|Hassan", Given.SAME, Family.VARIANT),
        ("Testa|Allan", "Testa|Lan", Given.SAME, Family.DIFFERENT),
        ("Hossein|Mohammed", "Muhammed|Xuseen", Given.SWAPPED, Family.SWAPPED),
    ],
)
def test_how_well_names_agree(one: str, other: str, given: Given, family: Family) -> None:
    first, second = (
        facts_from_columns(ClaimId(name), dict(zip(("given_names", "family_name"), name.split("|"), strict=True)))
        for name in (one, other)
    )
    for levels in (compared(first, second).levels, compared(second, first).levels):
        assert (levels.given, levels.family) == (given, family)


@pytest.mark.parametrize(
    "born, days, years",
    [
        ("2011-27-04", {"2011-04-27"}, set()),
        ("2011-12-33", set(), {2011}),
        ("2011-00-25", set(), {2011}),
        ("2011-02-30", set(), {2011}),
        ("1066-14-33", set(), set()),
        ("2011-4-27", set(), set()),
        ("27/04/2011", set(), set()),
    ],
)
def test_of_a_date_that_no_calendar_has_the_year_is_known(born: str, days: set[str], years: set[int]) -> None:
    facts = facts_from_columns(ClaimId("a"), {"date_of_birth": born})
    assert ({day.isoformat() for day in facts.births}, {*facts.birth_years}) == (days, years)


@pytest.mark.parametrize(
    "one, other, expected",
    [
        (("robert", "tiller"), ("tillr", "robert"), Given.SWAPPED),
        (("benedict", "hursey"), ("husey", "benedict"), Given.SWAPPED),
        (("robert", "jayden"), ("hayden", "robert"), Given.DIFFERENT),
        (("madison", "noyce"), ("noyce", "liam"), Given.DIFFERENT),
        (("torvik", "robert"), ("robert", "wystan"), Given.DIFFERENT),
    ],
)
def test_names_in_each_others_fields_of_which_the_family_name_is_garbled(
    one: tuple[str, str], other: tuple[str, str], expected: Given
) -> None:
    (given, family), (other_given, other_family) = one, other
    for names in (
        ([(given,)], [(family,)], [(other_given,)], [(other_family,)]),
        ([(other_given,)], [(other_family,)], [(given,)], [(family,)]),
    ):
        assert name_levels(*names).given is expected


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ({"home_line": "18 Sycamore Drive, Galford"}, {"home_line": "18 Sycamore Dr"}, True),
        ({"home_line": "Flat 16, 40 Maple Street"}, {"home_line": "Flat 16, 40 Maple St, Galford"}, True),
        ({"home_line": "Flat 16, 40 Maple Street"}, {"home_line": "Flat 17, 40 Maple Street"}, False),
        ({"home_line": "18 Sycamore Drive"}, {"home_line": "18 Maple Drive"}, False),
        ({"home_postcode": "ZZ1 2ZY"}, {"home_postcode": "ZZ2 1ZY"}, True),
        ({"home_postcode": "ZZ1 2ZY"}, {"home_postcode": "ZZ1 3ZY"}, False),
    ],
)
def test_an_address_is_looked_for_without_what_follows_the_street_and_a_postcode_in_any_order(
    one: dict[str, str], other: dict[str, str], *, expected: bool
) -> None:
    names = ({"given_names": "Ifrah", "family_name": "Hamza"}, {"given_names": "Ifrah", "family_name": "Mohamed"})
    first, second = (
        blocking_keys(facts_from_columns(ClaimId("a"), who | where))
        for who, where in zip(names, (one, other), strict=True)
    )
    assert bool(first & second) is expected


@pytest.mark.parametrize("born", ["2009", "2009-01-01"])
def test_in_a_hotel_of_many_a_given_name_and_a_year_are_of_several(born: str) -> None:
    """Two called Yusuf, of one year, and nobody wrote down a family name: a person is asked."""
    hotel = Reports()
    for given in (
        "Ahmad",
        "Ali",
        "Hassan",
        "Omar",
        "Ibrahim",
        "Karwan",
        "Rebin",
        "Yonas",
        "Filmon",
        "Samuel",
        "Aram",
        "Bilal",
    ):
        hotel.take(given, family="", born="2008")
    hotel.take("Yusuf", family="", born=born)
    assert hotel.take("Yusuf", family="", born=born) is ClaimOutcome.REVIEW


def test_in_a_hotel_of_many_the_whole_name_and_the_year_are_enough_as_they_were() -> None:
    hotel = Reports()
    for given in (
        "Ahmad",
        "Ali",
        "Hassan",
        "Omar",
        "Ibrahim",
        "Karwan",
        "Rebin",
        "Yonas",
        "Filmon",
        "Samuel",
        "Aram",
        "Bilal",
    ):
        hotel.take(given, family="", born="2008")
    hotel.take("Ceri", family="Tarn", born="2009")
    assert hotel.take("Ceri", family="Tarn", born="2009") is ClaimOutcome.LINK


def test_in_a_home_of_a_few_a_given_name_and_a_year_are_of_one() -> None:
    home = Reports()
    for given in ("Ahmad", "Ali", "Hassan"):
        home.take(given, family="", born="2008")
    home.take("Yusuf", family="", born="2009")
    assert home.take("Yusuf", family="", born="2009") is ClaimOutcome.LINK
