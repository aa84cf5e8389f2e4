"""A file with a fault is refused with its line, the reason and the nearest known word; never with a traceback."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.scenario import ScenarioRefused
from hub.scenario.document import MOST_CHARACTERS, MOST_DEPTH, MOST_PARTS
from tests.searching import examples
from tests.unit.scenario.nights import NIGHT, expecting, night


def refusal(text: str) -> ScenarioRefused:
    with pytest.raises(ScenarioRefused) as refused:
        night(text)
    return refused.value


@pytest.mark.parametrize(
    "old, new, line, said, nearest",
    [
        ("messages:", "mesages:", 9, "no key of a scenario", "messages"),
        ("from: home\n    as", "frm: home\n    as", 11, "neither a message nor a key of one", "from"),
        ("from: home", "from: hoem", 11, "no agency is called", "home"),
        ("missing:", "mising:", 13, "neither a message nor a key of one", "missing"),
        ("last_seen:", "lastseen:", 13, "has no field", "last_seen"),
        ("risk: medium", "risk: medum", 16, "no word for", "medium"),
        ("kind: placement", "kind: placment", 3, "is none of", "placement"),
        ("area: Blackpool}\nchildren", "area: Blackpol}\nchildren", 3, "no authority's area", "Blackpool"),
        ("age: 15", "agee: 15", 6, "nothing that is known of a child", "age"),
        ("age: 15", "age: fifteen", 6, "an age is a whole number", None),
        ("age: 15", "age: 3000", 6, "an age is a whole number of years, 120 at most", None),
        ("age: 15", "age: ²", 6, "an age is a whole number", None),
        ("agencies:", "repeats: 3 in 999999 days\nagencies:", 2, "2 to 100 absences in 1 to 3660 days", None),
        ("agencies:", "repeats: 3 in 999999999999999 days\nagencies:", 2, "2 to 100 absences in 1 to 3660", None),
        ("agencies:", "repeats: 0 in 30 days\nagencies:", 2, "2 to 100 absences in 1 to 3660 days", None),
        ("agencies:", "repeats: ² in 30 days\nagencies:", 2, "2 to 100 absences in 1 to 3660 days", None),
        ("agencies:", "answers: after 99999999999999 min\nagencies:", 2, "525600 min, which is a year", None),
        ("agencies:", "year: ²\nagencies:", 2, "is no year from 1990 to 2090", None),
        ("area: Blackpool}", "area: Blackpool, answers: after ² min}", 3, "write how soon", None),
        ("Fri 27 Mar 23:10", "9999-12-31 23:10", 10, "a scenario speaks of the years from 1900 to 2150", None),
        ("23:31", "+ 999999 d", 14, "a scenario speaks of the years from 1900 to 2150", None),
        ("at: 22:40", "at: 0001-01-01 00:10", 13, "a scenario speaks of the years from 1900 to 2150", None),
        ("  - at: 23:31\n    from", "  - from", 14, "`at:` is missing: when the hub accepts it", None),
        ("looked_after_by: Rochdale", "looked_after_by: Rochdal", 7, "no agency is called", "Rochdale"),
        ("Fri 27 Mar 23:10", "Sat 27 Mar 23:10", 10, "27 March 2026 is a Friday", None),
        ("Fri 27 Mar 23:10", "Fri 32 Mar 23:10", 10, "there is no such day", None),
        ("Fri 27 Mar 23:10", "23:10", 10, "needs its day", None),
        ("23:31", "half past eleven", 14, "is no time", None),
        ("23:31", "Sun 29 Mar 01:30", 14, "the clocks go forward", None),
        ("from: Lancashire Police", "from: Lancashire", 15, "is an authority and a police force", None),
        ("risk: medium", "cancelled: {cancels: reprot, reason: duplicate}", 16, "is called 'reprot'", "report"),
        ("risk: medium", "risk: medium\n    found: police", 14, "says one thing", None),
        ("    risk: medium\n", "", 14, "says nothing", None),
        ("risk: medium", "opened: everything", 16, "which notices?", None),
        ("risk: medium", "risk: {grade: medium, grade: high}", 16, "a second time", None),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_word_that_was_meant(
    old: str, new: str, line: int, said: str, nearest: str | None
) -> None:
    assert old in NIGHT
    refused = refusal(NIGHT.replace(old, new, 1))
    assert (refused.line, refused.nearest) == (line, nearest), str(refused)
    assert said in refused.reason
    assert str(refused).startswith(f"night.yaml, line {line}: ")


@pytest.mark.parametrize(
    "row, said, nearest",
    [
        ('{hours: "25:00-9:00"}', "25:00 is no time of day", None),
        ("{hours: 17:00-24:30}", "24:30 is no time of day", None),
        ("{hours: 17:60-09:00}", "17:60 is no time of day", None),
        ("{hours: at night}", "hours are written 17:00-09:00", None),
        ("{days: Mondays}", "'Mondays' is no day", "Monday"),
        ("{days: Mon-Fryday}", "'Fryday' is no day", "Friday"),
        ("{days: [Sat, bank_holliday]}", "is no day", "bank_holiday"),
        ("{days: Mon-Wed-Fri}", "'Wed-Fri' is no day", None),
        ("{desk: reviewin_team}", "the hub writes to no desk", "reviewing_team"),
        ("{calendar: englnd}", "no calendar of bank holidays", "england"),
        ("{ours: 17:00-09:00}", "no part of a row of duty", "hours"),
    ],
)
def test_a_row_of_duty_that_would_silence_somebody_is_refused(row: str, said: str, nearest: str | None) -> None:
    refused = refusal(NIGHT.replace("area: Blackpool}", f"area: Blackpool, duty: [{row}]}}", 1))
    assert (refused.line, refused.nearest) == (3, nearest), str(refused)
    assert said in refused.reason


def test_a_row_of_duty_may_be_written_as_people_write_it() -> None:
    row = "{desk: Reviewing team, days: [Mon-thurs, SUNDAY, Bank Holidays], hours: 9:00 to 24:00, calendar: Wales}"
    found = night(NIGHT.replace("area: Blackpool}", f"area: Blackpool, duty: [{row}]}}", 1))
    ((duty,),) = (agency.duty for agency in found.agencies.declared.values())
    assert (duty.role, duty.hours_from, duty.hours_to, duty.calendar) == ("reviewing_team", "09:00", "24:00", "wales")
    assert [day.value[:3] for day in duty.days] == ["mon", "tue", "wed", "thu", "sun", "ban"]


@pytest.mark.parametrize(
    "lines, said, nearest",
    [
        (["- at: 23:40", "  registr: {status: missing}"], "nothing to expect", "register"),
        (["- at: 23:40", "  register: {state: missing}"], "no word of the register", "status"),
        (["- at: 23:40", "  register: {status: mising}"], "is none of", "missing"),
        (["- at: 23:40", "  told: {Rochdal: }"], "no agency is called", "Rochdale"),
        (["- at: 23:40", "  told: {Rochdale: {knd: news}}"], "no word of told", "kind"),
        (["- at: 23:40", "  due: {police_anser: 23:25}"], "no duty is called", "police_answer"),
        (["- at: 23:40", "  due: {police_answer: {owt: met}}"], "no word of a duty", None),
        (["- at: 23:40", "  child: boy", "  episodes: 1"], "no child of this file", None),
        (["- at: 23:40", "  episodes: some"], "no whole number", None),
        (["- at: 23:40", f"  episodes: {'9' * 5000}"], "no whole number", None),
        (["- at: 23:40", f"  register: {{last_reporting_delay: {'9' * 20} d}}"], "is no stretch of time", None),
        (["- at: 23:40"], "needs something that must hold", None),
        (["- at: 23:40", "  register: {phases: X 22:40 to 23:10}"], "is no phase", None),
        (["- at: 23:40", "  receipt: {reprot: accepted}"], "no message is called", "report"),
        (["- at: 23:40", "  measures: {episods: 1}"], "no measure", "episodes"),
        (["- at: 23:40", "  same_for: {agencies: home, if: reprot, is_not_sent: yes}"], "is called", "report"),
    ],
)
def test_an_expectation_that_nobody_understands_is_refused_before_anything_is_played(
    lines: list[str], said: str, nearest: str | None
) -> None:
    refused = refusal(expecting(*lines))
    assert said in refused.reason, str(refused)
    assert refused.nearest == nearest
    assert 17 < refused.line <= 17 + len(lines) + 1


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "the file is empty"),
        ("just words", "a scenario is a table"),
        ("- a list", "a scenario is a table"),
        ("scenario: [", "not YAML"),
        ("scenario: x\n\tmessages: y", "not YAML"),
        ("scenario: \x00", "not YAML"),
        ("a: &x {b: 1}\nc: *x", "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]", "tags"),
        ("scenario: x\n---\nscenario: y", "one scenario a file"),
        ("scenario: one\nscenario: two", "a second time"),
        ("? [a, b]\n: c", "a key is a word"),
        ("x: " + "[" * (MOST_DEPTH + 2) + "]" * (MOST_DEPTH + 2), "deep"),
        ("x: [" + "a," * MOST_PARTS + "]", "at most"),
        ("x: '" + "a" * MOST_CHARACTERS + "'", "at most"),
        ("scenario: x\nchildren: {girl: }", "needs one"),
        ("scenario: x\nmessages: []", "needs one"),
        (NIGHT.replace("children:", "year: next\nchildren:"), "no year"),
        (NIGHT.replace("children:", "place: Mars/Olympus\nchildren:"), "no time zone"),
        (NIGHT.replace("children:", "repeats: often\nchildren:"), "3 in 30 days"),
        (NIGHT.replace("children:", "answers: soon\nchildren:"), "at once"),
        (NIGHT.replace("children:", "identity: guessed\nchildren:"), "as told or matched"),
    ],
)
def test_what_is_no_scenario_is_refused(text: str, said: str) -> None:
    assert said in refusal(text).reason


def test_a_value_over_its_cap_is_refused_where_it_stands() -> None:
    refused = refusal(NIGHT.replace("risk: medium", "risk: {grade: medium, assessor_role: " + "x" * 200 + "}"))
    assert refused.line == 16
    assert "at most 120 characters" in refused.reason


@settings(max_examples=examples(60), derandomize=True, deadline=None)
@given(
    at=st.integers(0, len(NIGHT)), length=st.integers(0, 6), put=st.text(alphabet=" :{}[]-\n\t#&*!'\"ax1", max_size=6)
)
def test_whatever_is_typed_into_a_file_it_is_read_or_refused(at: int, length: int, put: str) -> None:
    text = NIGHT[:at] + put + NIGHT[at + length :]
    line = None
    try:
        night(text)
    except ScenarioRefused as refused:
        line = refused.line
    assert line is None or 1 <= line <= text.count("\n") + 2
