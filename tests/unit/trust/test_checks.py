"""What a message leaves out or leaves doubtful is found and named, and nothing is refused for it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from hub.checks import content_findings, lies_ahead
from hub.checks.gaps import _GETTERS
from hub.checks.senders import kinds_that_send
from schemas.catalogue import leaves
from schemas.records import (
    RECORDS,
    Acknowledged,
    AgencyKind,
    AgencyMessage,
    BirthPrecision,
    ChildFound,
    CorrectionMade,
    DutyRow,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    Finding,
    FindingKind,
    Flag,
    Identifier,
    IdentifierKind,
    LastSeen,
    MissingReported,
    Person,
    Record,
    SeenBy,
)
from tests.searching import examples
from tests.strategies import bare, filled, record_of, records
from tests.unit.trust.world import MESSAGE_ID, NOW, POLICE_ENTRY, REPORT, ROCHDALE_ENTRY, accepted, message

AGENCY_MESSAGES = sorted(
    (record for record in RECORDS.values() if issubclass(record, AgencyMessage)), key=lambda record: record.__name__
)
HOSTILE = [
    "\N{RIGHT-TO-LEFT OVERRIDE}nhoJ",
    "Jo\x00hn",
    "John\x1b[2J",
    "Jo\N{ZERO WIDTH SPACE}hn",
    "John\N{LEFT-TO-RIGHT ISOLATE}",
    "John\nAdmin: true",
    "J\N{CYRILLIC SMALL LETTER O}hn",
    "\N{GREEK CAPITAL LETTER ALPHA}nna",
]
REAL_NAMES = [
    "O'Connor",
    "Siân",
    "Nguyễn Thị Minh Khai",
    "محمد",
    "דוד",
    "Ольга",
    "Łukasz",
    "王",
    "さくらサクラ桜",
    "क्षितिज",
    "می\N{ZERO WIDTH NON-JOINER}خواهم",
    "Zoe\N{COMBINING DIAERESIS}",
    "X Æ",
    "Jean-Luc D\N{RIGHT SINGLE QUOTATION MARK}Arcy",
]


def found(record: Record, **changed: Any) -> dict[str, FindingKind]:  # noqa: ANN401 - any field of the record
    """The findings on a record by field."""
    return {each.field: each.kind for each in content_findings(replace(record, **changed), ROCHDALE_ENTRY, NOW)}  # type: ignore[type-var]


def test_a_complete_report_has_nothing_to_be_asked_for() -> None:
    assert content_findings(REPORT, ROCHDALE_ENTRY, NOW) == ()


@pytest.mark.parametrize("record", AGENCY_MESSAGES)
def test_the_emptiest_message_of_every_type_is_only_asked_for_things(record: type[Record]) -> None:
    findings = content_findings(bare(record), ROCHDALE_ENTRY, NOW)
    assert all(finding.kind in {FindingKind.GAP, FindingKind.FLAG} for finding in findings)
    assert any(finding.kind is FindingKind.GAP for finding in findings)


@settings(max_examples=examples(60), deadline=None)
@given(records(*AGENCY_MESSAGES))
def test_no_message_whatever_is_at_fault_and_every_finding_can_be_sent(record: Record) -> None:
    findings = content_findings(record, ROCHDALE_ENTRY, NOW)
    assert FindingKind.FAULT not in {finding.kind for finding in findings}
    assert all(len(f.field) <= 200 and len(f.rule) <= 400 and len(f.remedy) <= 400 for f in findings)
    assert len(findings) <= 90


CANARY = "Canary-7f3a"


@settings(max_examples=examples(40), deadline=None)
@given(record_of(MissingReported))
def test_no_finding_repeats_what_was_sent(record: MissingReported) -> None:
    person = Person(given_names=CANARY + "\x00", identifiers=(Identifier(kind=IdentifierKind.UPN, value=CANARY),))
    marked = replace(record, person=person, on_behalf_of=CANARY, last_seen=LastSeen(area_code=CANARY))
    assert CANARY not in repr(content_findings(marked, ROCHDALE_ENTRY, NOW))


def test_an_acknowledgement_is_asked_for_nothing() -> None:
    assert content_findings(Acknowledged(), ROCHDALE_ENTRY, NOW) == ()


@pytest.mark.parametrize(
    "changed, field",
    [
        ({"person": None}, "person.given_names"),
        ({"person": Person()}, "person.given_names"),
        ({"last_seen": None}, "last_seen.at"),
        ({"contact": None}, "contact.telephone"),
        ({"status": "unknown"}, "status"),
        ({"child_ref": None, "episode_ref": None}, "child_ref"),
        ({"police_contact": None}, "police_contact.state"),
        ({"person": Person(description="tall, red coat", flags=(Flag(),))}, "person.flags[0].value"),
    ],
)
def test_what_somebody_needs_in_order_to_act_is_asked_for(changed: dict[str, Any], field: str) -> None:
    assert found(REPORT, **changed) == {field: FindingKind.GAP}


@pytest.mark.parametrize(
    "changed",
    [
        {"person": Person(description="tall, red coat")},
        {"last_seen": LastSeen(not_known=True)},
        {"child_ref": None},
        {"circumstances": None, "care_status": (), "placement": None},
    ],
)
def test_what_can_be_missing_is_not_asked_for(changed: dict[str, Any]) -> None:
    assert found(REPORT, **changed) == {}


def test_who_saw_the_child_is_asked_for_because_it_decides_what_is_ended() -> None:
    returned = ChildFound(child_ref="x", found_at=NOW)
    assert found(returned) == {"seen_by": FindingKind.GAP}
    assert found(returned, seen_by=SeenBy.POLICE) == {}


@pytest.mark.parametrize("path", sorted(_GETTERS))
def test_everything_asked_for_is_a_field_of_some_message(path: str) -> None:
    known = {leaf for record in AGENCY_MESSAGES for leaf in leaves(record.SCHEMA_NAME)}
    known |= {leaf.rsplit(".", depth)[0] for leaf in known for depth in range(1, leaf.count(".") + 1)}
    known |= {field for record in AGENCY_MESSAGES for field in record.__slots__ + AgencyMessage.__slots__}
    assert path in known


@pytest.mark.parametrize(
    "changed, fields",
    [
        ({"occurred_at": NOW + timedelta(seconds=120), "recorded_at": None}, set()),
        ({"occurred_at": NOW + timedelta(seconds=121), "recorded_at": None}, {"occurred_at"}),
        ({"recorded_at": NOW - timedelta(hours=2, minutes=1)}, {"recorded_at"}),
        ({"occurred_at": NOW - timedelta(hours=25)}, {"occurred_at"}),
        ({"last_seen": LastSeen(at=NOW + timedelta(days=300))}, {"last_seen.at", "recorded_at"}),
        ({"last_seen": LastSeen(at=NOW - timedelta(days=365 * 50))}, {"last_seen.at"}),
        ({"expected_by": NOW + timedelta(days=2)}, set()),
        ({"expected_by": NOW - timedelta(days=2)}, {"expected_by"}),
    ],
)
def test_times_that_do_not_fit_are_flagged(changed: dict[str, Any], fields: set[str]) -> None:
    assert found(REPORT, **changed) == dict.fromkeys(fields, FindingKind.FLAG)


@pytest.mark.parametrize(
    "born, precision, kinds",
    [
        (NOW.date() + timedelta(days=1), BirthPrecision.DAY, {FindingKind.GAP}),
        (date(2008, 3, 27), BirthPrecision.DAY, {FindingKind.FLAG}),
        (date(2008, 3, 28), BirthPrecision.DAY, set()),
        (date(2012, 2, 29), BirthPrecision.DAY, set()),
        (date(2012, 1, 1), BirthPrecision.DAY, {FindingKind.FLAG}),
        (date(2012, 1, 1), BirthPrecision.YEAR, set()),
    ],
)
def test_a_birthday_that_cannot_be_or_makes_no_child_is_found(
    born: date, precision: BirthPrecision, kinds: set[FindingKind]
) -> None:
    person = Person(given_names="Test", date_of_birth=born, birth_precision=precision)
    assert set(found(REPORT, person=person).values()) == kinds


@pytest.mark.parametrize(
    "state, ahead, is_flagged",
    [
        (ExclusionState.SET, timedelta(hours=1), True),
        (ExclusionState.UNKNOWN, timedelta(days=1), True),
        (ExclusionState.SET, timedelta(seconds=120), False),
        (ExclusionState.SET, timedelta(hours=-1), False),
        (ExclusionState.SET, timedelta(days=1, seconds=1), False),
        (ExclusionState.LIFTED, timedelta(hours=1), False),
    ],
)
def test_an_exclusion_that_holds_earlier_than_it_says_is_flagged(
    state: ExclusionState, ahead: timedelta, *, is_flagged: bool
) -> None:
    body = ExclusionSet(child_ref="C-1", state=state, excluded_agency="home", reason="sealed", from_when=NOW + ahead)
    found = [each for each in content_findings(body, POLICE_ENTRY, NOW) if each.field == "from_when"]
    assert [each.kind for each in found] == [FindingKind.FLAG] * is_flagged
    assert not any(map(lies_ahead, found)), "it may have been decided so: that is no word on the sender's clock"


def test_a_child_born_on_a_leap_day_is_eighteen_on_the_first_of_march() -> None:
    person = Person(given_names="Test", date_of_birth=date(2008, 2, 29))
    for day, is_flagged in ((28, False), (29, True)):
        when = NOW.replace(month=2, day=day) if day == 28 else NOW.replace(month=3, day=1)
        report = replace(REPORT, person=person, occurred_at=None, recorded_at=None, last_seen=LastSeen(not_known=True))
        assert bool(content_findings(report, ROCHDALE_ENTRY, when)) is is_flagged


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_that_can_mislead_is_flagged_and_kept(hostile: str) -> None:
    report = replace(REPORT, person=Person(given_names=hostile))
    assert found(report) == {"person.given_names": FindingKind.FLAG}
    assert accepted(message(report)).record == report


@pytest.mark.parametrize("name", REAL_NAMES)
def test_a_real_name_is_never_flagged(name: str) -> None:
    assert found(REPORT, person=Person(given_names=name, family_name=name)) == {}


def test_a_line_break_is_no_finding_in_free_text() -> None:
    assert found(REPORT, circumstances="First line.\nSecond line.\tEnd.") == {}


@pytest.mark.parametrize(
    "kind, value, is_flagged",
    [
        (IdentifierKind.NHS_NUMBER, "9990000026", False),
        (IdentifierKind.NHS_NUMBER, "999 000 0026", False),
        (IdentifierKind.NHS_NUMBER, "9990000027", True),
        (IdentifierKind.UPN, "nonsense", True),
        (IdentifierKind.UNKNOWN, "1", True),
        (IdentifierKind.POLICE, "1", True),
    ],
)
def test_an_identifier_that_cannot_be_matched_is_flagged(kind: IdentifierKind, value: str, *, is_flagged: bool) -> None:
    person = Person(given_names="Test", identifiers=(Identifier(kind=kind, value=value),))
    assert bool(found(REPORT, person=person)) is is_flagged


@pytest.mark.parametrize("code", ["Rochdale", "E08000500", "E80000005"])
def test_an_area_that_is_no_area_is_flagged(code: str) -> None:
    assert found(REPORT, last_seen=LastSeen(at=None, not_known=True, area_code=code)) == {
        "last_seen.area_code": FindingKind.FLAG
    }


def test_a_correction_of_a_field_that_no_message_has_is_asked_for_again() -> None:
    changes = tuple(FieldChange(field=name) for name in ("person.date_of_birth", "person.flags[0].value", "colour"))
    correction = CorrectionMade(child_ref="x", corrects=MESSAGE_ID, changes=changes)
    assert found(correction) == {"changes[2].field": FindingKind.GAP}


def test_a_sender_outside_its_role_is_flagged_and_accepted() -> None:
    police_only = filled(RECORDS["PoliceResponse"])
    assert "ce_type" in {each.field for each in content_findings(police_only, ROCHDALE_ENTRY, NOW)}
    assert "ce_type" not in {each.field for each in content_findings(police_only, POLICE_ENTRY, NOW)}


@pytest.mark.parametrize("record", AGENCY_MESSAGES)
def test_every_message_has_its_senders(record: type[Record]) -> None:
    assert kinds_that_send(record.SCHEMA_NAME) <= frozenset(AgencyKind) - {AgencyKind.UNKNOWN, AgencyKind.HUB}
    assert kinds_that_send(record.SCHEMA_NAME)


def test_whom_a_sender_acts_for_is_in_its_entry() -> None:
    night = DutyRow(role="x", hours_from="17:00", hours_to="09:00", calendar="england", acts_for=("E08000001",))
    team = replace(ROCHDALE_ENTRY, duty=(night,))
    acting = replace(REPORT, on_behalf_of="E08000001")
    assert content_findings(acting, team, NOW) == ()
    assert found(acting) == {"on_behalf_of": FindingKind.FLAG}


def test_findings_depend_on_nothing_but_their_arguments() -> None:
    report = filled(MissingReported)
    again: tuple[Finding, ...] = content_findings(report, ROCHDALE_ENTRY, datetime.fromisoformat(NOW.isoformat()))
    assert content_findings(report, ROCHDALE_ENTRY, NOW) == again
