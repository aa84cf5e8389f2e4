"""The table of deadlines: complete, written in known words, and refused with file, line and reason where it is not."""

from pathlib import Path

import pytest

from hub.deadlines import (
    BrokenRules,
    DeadlineRules,
    packaged_deadline_rules,
    packaged_deadline_text,
    reloaded,
    vocabulary,
)
from hub.deadlines.bases import BASES
from hub.deadlines.conditions import CONDITIONS
from hub.deadlines.owers import OWERS
from hub.deadlines.pages import deadlines_page
from hub.deadlines.pauses import PAUSES
from hub.deadlines.stops import ENDINGS, STOPS
from schemas.records import Ask, RiskGrade

RULES = packaged_deadline_rules()
TEXT = packaged_deadline_text()


def line_of(text: str) -> int:
    """The line (from 1) on which this text begins first."""
    return TEXT[: TEXT.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    "explained, built",
    [
        (vocabulary.ROLES, OWERS), (vocabulary.BASES, BASES), (vocabulary.CONDITIONS, CONDITIONS),
        (vocabulary.STOPS, STOPS), (vocabulary.PAUSES, PAUSES), (vocabulary.ENDINGS, ENDINGS),
    ],
)  # fmt: skip
def test_every_word_is_explained_and_every_explained_word_is_built(
    explained: dict[str, str], built: dict[str, object]
) -> None:
    assert set(explained) == set(built)
    assert all(explained.values())


def test_every_duty_of_the_field_is_in_the_table() -> None:
    assert {row.duty for row in RULES.rows} == {
        "police_answer", "first_risk_assessment", "risk_review", "circulated", "circulation_cancelled",
        "authority_told", "responsibility_answer", "still_away", "still_away_authority", "collector_named",
        "collector_named_at_home", "prevention_interview", "prevention_interview_shared", "return_interview_offered",
        "return_interview_second_attempt", "return_interview_offered_again", "return_interview", "return_discussion",
        "findings_shared", "strategy_decision", "exploitation_considered", "host_told", "host_told_emergency",
        "host_police_told", "host_police_told_emergency", "host_told_of_end", "placement_review",
        "national_unit_told", "national_unit_told_at_once", "long_term_review", "review_on_information",
        "handover_answer", "handover_settled", "serious_incident_notified", "order_ends", "appeal_taken_down",
        "flag_review", "exclusion_review", "difference_settled", "enquiry_answer",
    }  # fmt: skip


def test_every_word_of_the_vocabulary_is_used_by_some_row_or_marks_a_choice() -> None:
    used = {word for row in RULES.rows for word in (*row.stops_when, *row.withdrawn_when)}
    assert set(vocabulary.STOPS) - used <= {"child_declined"}
    assert set(vocabulary.BASES) == {row.base for row in RULES.rows}


def test_every_row_has_a_source_and_a_stated_default_where_no_document_says_so() -> None:
    named = ("SG", "APP", "Ofsted", "CPR", "UKMPU", "WT", "CA89", "Scottish Government", "Modern Slavery Act", "(c)")
    assert [row.duty for row in RULES.rows if not any(name in row.source for name in named)] == []


@pytest.mark.parametrize(
    "grade, hours", [("high", 2), ("low", 12), ("very_low", 12), ("no_apparent", 24), ("medium", 6)]
)
def test_the_risk_is_reviewed_by_its_grade(grade: str, hours: int) -> None:
    (row,) = (row for row in RULES.rows if row.duty == "risk_review")
    assert str(row.within_by_risk.get(RiskGrade(grade), row.within)) == f"{hours} hours"


def broken(old: str, new: str) -> BrokenRules:
    """The refusal of the table with one text replaced where it stands first."""
    assert old in TEXT
    with pytest.raises(BrokenRules) as refused:
        DeadlineRules.from_text(TEXT.replace(old, new, 1), "local.toml")
    assert refused.value.file == "local.toml"
    return refused.value


@pytest.mark.parametrize(
    "old, new, reason, nearest",
    [
        ('owed_by = "owning_force"', 'owed_by = "owning_froce"', "not a known word for 'owed_by'", "owning_force"),
        ('base = "risk_assessed"', 'base = "risk_assesed"', "not a known word for 'base'", "risk_assessed"),
        ('["police_answered"]', '["police_anwered"]', "not a known word for 'stops_when'", "police_answered"),
        ('applies_when = ["was_missing"]', 'applies_when = ["is_missing"]', "for 'applies_when'", "was_missing"),
        ('even_if = ["adult", "turned_18"]', 'even_if = ["adlut"]', "for 'even_if'", "adult"),
        ('nation = ["any"]', 'nation = ["englnd"]', "not a known word for 'nation'", "england"),
        ('nation = ["any"]', 'nation = ["any", "wales"]', "say which nations", None),
        ('nation = ["any"]', "nation = []", "say which nations", None),
        ('within = "15 minutes"', 'within = "15 minuets"', "no unit", "minute"),
        ('within = "15 minutes"', 'within = "quarter"', "a number and a unit", None),
        ('within = "15 minutes"', "within = 15", "as words in quotes", None),
        ('soon = "5 minutes"', 'soon = "1 working day"', "counted in minutes or hours", None),
        ("high = ", "hihg = ", "no grade of risk", "high"),
        ('stops_when = ["police_answered"]', "stops_when = []", "what meets it", None),
        ('stops_when = ["police_answered"]', 'stop_when = ["police_answered"]', "no key of a row", "stops_when"),
        ('source = "a report to the hub', 'sources = "a report to the hub', "no key of a row", "source"),
        ('says = "assess the risk"', 'says = "find the absconder"', "which is not said of children here", None),
        ('ask = "action"', 'ask = "acton"', "not a known word for 'ask'", "action"),
        ('withdrawn_when = ["absence_over"]', 'withdrawn_when = ["police_answered"]', "cannot both meet", None),
        ('after = "72 hours"', 'overdue_after = "72 hours"', "no key of a row", None),
        ('calendar_of = "none"', 'calendar_of = "ower"', "working days need", None),
        ("takes_stated = true", "takes_stated = 1", "must be true or false", None),
        ("[[deadline]]\nduty", "[[deadlines]]\nduty", "no table of this file", "deadline"),
    ],
)  # fmt: skip
def test_a_fault_is_refused_with_file_line_reason_and_the_nearest_known_word(
    old: str, new: str, reason: str, nearest: str | None
) -> None:
    refused = broken(old, new)
    assert reason in refused.reason
    if nearest is not None:
        assert refused.nearest == nearest
    assert abs(refused.line - line_of(old)) <= 25, "the line of the fault, or the header of its row"


def test_the_very_line_of_a_wrong_word_is_named() -> None:
    refused = broken('["police_answered"]', '["police_anwered"]')
    assert refused.line == line_of('["police_answered"]')
    assert str(refused).startswith(f"local.toml, line {refused.line}: ")


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ('end_of_working_day = "23:59"', 'end_of_working_day = "25:00"', "a time of day is written"),
        ('version = "1"', "version = 1", "'version' must be given"),
        ("count = 3", "count = 1", "'count' must be a whole number from 2 to 100"),
        ("count = 3", "count = true", "'count' must be a whole number"),
        ("within_days = 90", "days = 90", "'days' is no key of [repeat]"),
        ("within_days = 90", "within_days = 999999", "'within_days' must be a whole number from 1 to 3660"),
        ("within_days = 90", "within_days = 99999999999", "'within_days' must be a whole number from 1 to 3660"),
        ("within_days = 90", f"within_days = {'9' * 5000}", "more digits than can be read"),
        ("within_days = 90", "within_days = 1.5", "'within_days' must be a whole number"),
        ("[repeat]\ncount = 3", "[repeat]\nsay = 3", "'say' is no key of [repeat]"),
        ('version = "1"', 'version = "1"\nend_of_day = "17:00"', "no setting of this file"),
    ],
)
def test_a_wrong_setting_is_refused_in_its_own_line(old: str, new: str, reason: str) -> None:
    refused = broken(old, new)
    assert reason in refused.reason
    assert abs(refused.line - line_of(old)) <= 1


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ('within = "15 minutes"', 'within = "9999 years"', "'within' is at most 100 years"),
        ('within = "15 minutes"', 'within = "1201 months"', "'within' is at most 100 years"),
        ('within = "15 minutes"', 'within = "٣ minutes"', "a number and a unit"),
        ('high = "2 hours"', 'high = "8000 years"', "'within_by_risk' is at most 100 years"),
        ('then_every = "1 year"', 'then_every = "0 years"', "'then_every' is from 1 day to 100 years"),
        ('then_every = "1 year"', 'then_every = "1 minute"', "'then_every' is from 1 day to 100 years"),
        ('series = ["28 days"', 'series = ["0 days"', "'series' is from 1 day to 100 years"),
        ('series = ["28 days"', 'series = ["4 months"', "'3 months' after '4 months' does not"),
        ('series = ["28 days"', 'series = ["28 days", "28 days"', "'28 days' after '28 days' does not"),
    ],
)
def test_a_time_that_no_calendar_holds_or_that_repeats_for_ever_is_refused(old: str, new: str, reason: str) -> None:
    refused = broken(old, new)
    assert (reason in refused.reason, refused.line) == (True, line_of(old))


@pytest.mark.parametrize(
    "row, old, new, reason",
    [
        ("return_interview", 'within = "72 hours"', 'within = "3 days"', "only hours and minutes can be paused"),
        ("long_term_review", 'then_every = "1 year"', 'within = "1 year"', "either 'within' or"),
        ("national_unit_told", 'after = "72 hours"\n', "", "how long the child has been missing"),
        ("risk_review", 'within = "6 hours"', 'then_every = "1 year"\nwithin = "6 hours"', "only a series goes on"),
        ("risk_review", 'base = "risk_assessed"', 'base = "missing_for_long"', "a series counts from"),
        ("first_risk_assessment", 'duty = "first_risk_assessment"', 'duty = "circulated"', "must agree on"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(row: str, old: str, new: str, reason: str) -> None:
    before, after = TEXT.split(f'duty = "{row}"\n', 1)
    after = f'duty = "{row}"\n{after}'
    assert old in after
    with pytest.raises(BrokenRules, match=r"line \d+: .*") as refused:
        DeadlineRules.from_text(before + after.replace(old, new, 1))
    if reason != "must agree on":
        assert reason in refused.value.reason
    else:
        assert "stands in line" in refused.value.reason or reason in refused.value.reason


def test_the_same_duty_from_the_same_base_twice_is_refused() -> None:
    first = TEXT.index("\n[[deadline]]\n")
    second = TEXT.index("\n[[deadline]]\n", first + 1)
    with pytest.raises(BrokenRules, match="stands in line"):
        DeadlineRules.from_text(TEXT + "\n" + TEXT[first:second])


@pytest.mark.parametrize("text", ["", 'version = "1', "[[deadline]]\nduty = 1", "[deadline]\n"])
def test_what_is_no_table_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(BrokenRules):
        DeadlineRules.from_text(text)


def test_a_changed_table_is_taken_and_a_broken_one_leaves_the_last_good_rules_in_force() -> None:
    changed, refusal = reloaded(RULES, TEXT.replace('within = "15 minutes"', 'within = "20 minutes"', 1))
    assert refusal is None
    assert changed.version != RULES.version
    kept, refusal = reloaded(changed, TEXT.replace("owning_force", "owning_froce"), "local.toml")
    assert kept is changed
    assert refusal is not None
    assert refusal.nearest == "owning_force"


def test_the_reference_page_is_what_the_table_says() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "reference" / "deadlines.md"
    stale = "stale: python -m hub.deadlines.pages > docs/reference/deadlines.md"
    assert page.read_text("utf-8") == deadlines_page(RULES), stale


def test_every_duty_says_what_is_to_be_done_in_words_that_nobody_minds() -> None:
    for row in RULES.rows:
        for word in ("abscond", "refuses", "placing herself", "placing himself", "known to"):
            assert word not in row.says.lower()


def test_of_every_information_somebody_is_rung_or_the_table_says_why_not() -> None:
    rows = [row for row in packaged_deadline_rules().rows if row.ask is Ask.INFORMATION]
    assert rows
    assert all(row.telephoned is not bool(row.not_telephoned) for row in rows)
    assert {row.duty for row in rows if row.telephoned} == {
        "flag_review", "host_police_told", "host_police_told_emergency",
    }  # fmt: skip
