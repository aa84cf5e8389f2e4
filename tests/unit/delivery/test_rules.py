"""The table of delivery: complete, sourced, and refused with its line where it is wrong."""

from datetime import timedelta

import pytest

from hub.delivery import delivery_rules_from, packaged_delivery_rules
from hub.delivery.rules import packaged_delivery_text
from hub.routing.vocabulary import ROLES
from hub.rule_text import BrokenRules
from schemas.records import Acknowledgement, AgencyKind, RiskGrade

TEXT = packaged_delivery_text()


def test_the_aims_are_those_of_the_project_s_own_standard() -> None:
    rules = packaged_delivery_rules()
    minutes = {grade: rules.aim(grade).opened_within.total_seconds() / 60 for grade in RiskGrade}
    assert (minutes[RiskGrade.HIGH], minutes[RiskGrade.MEDIUM], minutes[RiskGrade.LOW]) == (5, 30, 240)
    taken = {grade for grade in RiskGrade if rules.aim(grade).stops_at is Acknowledgement.TAKEN}
    assert {RiskGrade.HIGH, RiskGrade.MEDIUM} <= taken
    assert rules.aim(RiskGrade.LOW).stops_at is Acknowledgement.OPENED
    assert rules.silent_after.total_seconds() == 60
    assert rules.sent_again_after == timedelta(days=25)


def test_a_risk_that_the_table_does_not_know_is_treated_as_high() -> None:
    rules = packaged_delivery_rules()
    assert rules.aim(RiskGrade.UNKNOWN) == rules.aim(RiskGrade.HIGH)


def test_only_roles_that_exist_are_named_and_no_role_that_would_give_a_flag_away() -> None:
    roles = {role for row in packaged_delivery_rules().told for role in row.roles}
    assert roles <= set(ROLES)
    assert not roles & {"exploitation_team", "director", "named_officers", "national_unit", "home_office"}
    assert not packaged_delivery_rules().may_read_of("section_47_authority", AgencyKind.PLACEMENT)


@pytest.mark.parametrize(
    "was,becomes,reason,nearest",
    [
        ('risk = "medium"', 'risk = "medum"', "not a known word for 'risk'", "medium"),
        ('opened_within = "30m"', 'opened_within = "half an hour"', 'a time is written "60s"', None),
        ('stops_at = "opened"', 'stops_at = "openned"', "not a known word for 'stops_at'", "opened"),
        ('risk = "medium"', 'risk = "high"', "has an aim already", None),
        ("[mailbox]", "[mailbx]", "is no part of this file", "mailbox"),
        ('from = "08:00"', 'from = "eight"', 'a time of day is written "08:00"', None),
        ('from = "08:00"', 'from = "08:00:00+01:00"', 'a time of day is written "08:00"', None),
        ('from = "08:00"', 'from = "20:00"', "'from' (20:00) must lie before 'to' (20:00)", None),
        ("contacts = 4", "contacts = 0", "must be a whole number from 1 to 100", None),
        ("contacts = 4", "contacts = 999999999", "must be a whole number from 1 to 100", None),
        ("contacts = 4", "contactz = 4", "'contactz' is no key of [ladder]", "contacts"),
        ('opened_within = "30m"', 'opened_within = "0m"', "is from 30 seconds to 31 days", None),
        ('silent_after = "60s"', 'silent_after = "0s"', "is from 30 seconds to 31 days", None),
        ('sent_again_after = "25d"', 'sent_again_after = "30d"', "is from 10 seconds to 29 days", None),
        ('senders = ["police"', 'senders = ["polis"', "not a known word for 'senders'", "police"),
        ("\nopened_within", "\nopend_within", "is no key of a row", "opened_within"),
        ('version = "1"', "", 'must say version = "…"', None),
        ("\n[[aim]]", "\n[[aim", "not TOML", None),
    ],
)
def test_a_table_with_a_fault_is_refused_with_line_reason_and_nearest_word(
    was: str, becomes: str, reason: str, nearest: str | None
) -> None:
    broken = TEXT.replace(was, becomes, 1) if was != 'risk = "medium"' else TEXT.replace(was, becomes)
    with pytest.raises(BrokenRules) as refused:
        delivery_rules_from(broken)
    assert reason in str(refused.value)
    assert refused.value.file == "delivery.toml"
    assert refused.value.nearest == nearest
    if nearest is not None or " is from " in reason or ("must" in reason and "version" not in reason):
        assert TEXT.splitlines()[refused.value.line - 1] != broken.splitlines()[refused.value.line - 1]
