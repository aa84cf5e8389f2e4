"""The synthetic country: the same for the same seed, plausible, obviously invented, and quarrelsome as found."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest

from producers.simulator import PlannedMessage, demo_agencies, incidents, packaged_parameters, plan
from producers.simulator.parameters import BrokenParameters, Parameters
from producers.simulator.people import SimulatedChild, children_of
from schemas.codec import SchemaIds, encode
from schemas.records import AgencyKind, CorrectionMade, MissingReported, ReportCancelled, SeenBy
from tests.unit.producers.records import every_text

START = datetime(2026, 3, 27, tzinfo=UTC)
ALL_KINDS = {AgencyKind.POLICE, AgencyKind.AUTHORITY, AgencyKind.PLACEMENT, AgencyKind.SCHOOL, AgencyKind.HEALTH}


@cache
def three_days(seed: int = 7) -> tuple[PlannedMessage, ...]:
    return tuple(plan(seed, START, 72, 1, demo_agencies()))


def pool() -> list[SimulatedChild]:
    agencies = demo_agencies()
    authorities = [agency for agency in agencies if agency.kind is AgencyKind.AUTHORITY]
    return [
        child
        for authority in authorities
        for child in children_of(authority, agencies, seed=7, today=START.date(), parameters=packaged_parameters())
    ]


def test_the_same_seed_tells_the_same_and_another_one_something_else() -> None:
    assert tuple(plan(7, START, 72, 1, demo_agencies())) == three_days()
    assert three_days(8) != three_days()


def test_messages_come_in_order_of_time_within_the_run_and_each_has_its_own_id() -> None:
    messages = three_days()
    assert all(one.at <= other.at for one, other in pairwise(messages))
    assert all(START <= message.at < START.replace(day=30) for message in messages)
    assert len({message.id for message in messages}) == len(messages)


def test_at_least_six_forces_and_twenty_authorities_take_part_and_every_kind_speaks() -> None:
    kinds = {agency.id: agency.kind for agency in demo_agencies()}
    assert Counter(kinds.values())[AgencyKind.POLICE] >= 6
    assert Counter(kinds.values())[AgencyKind.AUTHORITY] >= 20
    assert {kinds[message.agency] for message in plan(7, START, 24 * 7, 1, demo_agencies())} == ALL_KINDS


def test_every_message_is_a_record_of_the_contract() -> None:
    ids = SchemaIds.local()
    assert all(encode(message.record, ids) for message in three_days())


def test_the_messages_of_the_first_issue_all_occur() -> None:
    types = {message.record.SCHEMA_NAME for message in three_days()}
    wanted = "MissingReported RiskAssessed ChildFound ChildReturned ReportCancelled CorrectionMade"
    assert set(wanted.split()) <= types


def test_a_day_at_the_real_rate_gives_more_than_a_hundred_reports() -> None:
    assert sum(message.at < START.replace(day=28) for message in three_days()) > 100


def test_a_correction_or_a_cancellation_names_an_earlier_message_of_its_own_sender() -> None:
    sender_of = {message.id: message.agency for message in three_days()}
    for message in three_days():
        match message.record:
            case CorrectionMade(corrects=named) | ReportCancelled(cancels=named):
                assert named is not None
                assert sender_of[named] == message.agency


def test_one_agency_never_uses_one_reference_for_two_children() -> None:
    children: dict[tuple[str, str | None], set[object]] = defaultdict(set)
    for message in three_days():
        if isinstance(message.record, MissingReported) and message.record.person is not None:
            home = message.record.person.home
            children[message.agency, message.record.child_ref].add(home)
    assert all(len(homes) == 1 for homes in children.values())


def test_police_and_council_differ_about_the_same_children() -> None:
    named: dict[str, set[str | None]] = defaultdict(set)
    kinds: dict[str, set[str]] = defaultdict(set)
    for message in three_days():
        if isinstance(message.record, MissingReported) and message.record.person and message.record.person.home:
            where = f"{message.record.person.home.line} {message.record.person.home.postcode}"
            named[where].add(message.record.person.family_name)
            kinds[where].add(message.agency[:3])
    told_twice = [where for where, who in kinds.items() if len(who) > 1]
    assert told_twice
    assert any(len(named[where]) > 1 for where in told_twice)
    assert any(len(named[where]) == 1 for where in told_twice)


def test_few_children_account_for_much_and_nobody_is_missing_twice_at_once() -> None:
    absences = list(incidents(7, START, 24 * 14, 1, demo_agencies()))
    counts = Counter((absence.child.home_area, absence.child.number) for absence in absences)
    top = sum(count for _, count in counts.most_common(len(counts) // 10))
    assert top > len(absences) / 4
    home: dict[tuple[str, int], datetime] = {}
    for absence in absences:
        child = (absence.child.home_area, absence.child.number)
        assert home.get(child, START) <= absence.last_seen_at
        home[child] = absence.returned_at


def test_most_absences_end_the_same_or_the_next_day() -> None:
    absences = list(incidents(7, START, 24 * 14, 1, demo_agencies()))
    soon = sum((absence.returned_at.date() - absence.last_seen_at.date()).days <= 1 for absence in absences)
    assert soon > 0.7 * len(absences)


def test_nobody_tells_of_a_return_before_the_child_was_missed() -> None:
    for absence in incidents(7, START, 72, 1, demo_agencies()):
        assert absence.last_seen_at <= absence.noticed_at <= absence.located_at <= absence.returned_at


def test_a_text_message_or_nobody_never_brings_a_child_home() -> None:
    seen = {getattr(message.record, "seen_by", None) for message in three_days()}
    assert not seen & {SeenBy.MESSAGE, SeenBy.NONE}


def test_nothing_in_it_can_be_taken_for_a_person() -> None:
    numbers = re.compile(r"0(1632 960\d{3}|7700 900\d{3})")
    for message in three_days():
        for name, text in every_text(message.record):
            if name.endswith("telephone"):
                assert numbers.fullmatch(text)
            if name.endswith("postcode"):
                assert text.startswith("ZZ99 ")


def test_nhs_numbers_are_of_the_range_never_issued_and_pass_their_check() -> None:
    known = [child.nhs_number.replace(" ", "") for child in pool() if child.nhs_number]
    assert known
    for number in known:
        assert re.fullmatch(r"999\d{7}", number)
        assert sum(int(digit) * (10 - place) for place, digit in enumerate(number)) % 11 == 0


def test_every_figure_says_where_it_comes_from() -> None:
    assert all(packaged_parameters().sources.values())
    with pytest.raises(BrokenParameters, match=r"course\.median_hours"):
        Parameters.from_toml("[course]\nmedian_hours = { value = 7.0 }")


def test_no_text_of_it_uses_a_word_that_blames_the_child() -> None:
    blaming = re.compile(r"abscond|refus|placing (her|him|them)sel|known to", re.IGNORECASE)
    assert not [text for message in three_days() for _, text in every_text(message.record) if blaming.search(text)]
