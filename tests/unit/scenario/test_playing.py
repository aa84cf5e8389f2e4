"""What differs is said with line, moment, what was expected and what is; the short forms mean what they say."""

import pytest

from hub.ids import AgencyId
from hub.reference import packaged_reference
from hub.scenario import owed_lines, packaged_rulebook, play, read_scenario, timeline
from hub.scenario.agencies import Agencies
from hub.scenario.model import Said
from hub.scenario.scene import Aim
from hub.scenario.wording import Reader
from schemas.records import ChildReturned, MissingReported, ReturnedTo, ToldByOtherMeans, ToldMeans
from tests.unit.scenario.nights import NIGHT, REFERENCE, expecting, local, night, played


def differences(*lines: str) -> list[str]:
    done = played(expecting(*lines))
    return [found.words(done.scenario.clock) for missed in done.missed for found in missed.differences]


def test_what_holds_is_not_mentioned() -> None:
    assert differences("- at: 23:40", "  register: {status: missing, risk: medium}", "  told: [Rochdale]") == []


@pytest.mark.parametrize(
    "expectation, said",
    [
        ("register: {status: returned}", "status: expected returned, but is missing"),
        ("register: {ended: Sat 28 Mar 01:00}", "ended: expected Sat 28 Mar 01:00, but is none"),
        ("register: {senders: [home, Lancashire Police]}", "but is Sea View"),
        (
            "register: {phases: M 22:40 to 23:00}",
            "phases: expected M Fri 27 Mar 22:40 to Fri 27 Mar 23:00, but they are",
        ),
        ("episodes: 2", "episodes: expected 2, but there are 1"),
        ("told: [Leeds]", "Leeds: expected to have been told, but nothing was sent to it"),
        ("told: {Rochdale: {kind: update, ask: action}}", "none fits"),
        ("told: {Rochdale: {at_most: R}}", "told as well: circumstances"),
        ("told_only: [Rochdale]", "told as well:"),
        ("not_told: [Rochdale]", "expected to be told nothing, but it was told"),
        ("not_told: {Rochdale: {fields: [last_seen]}}", "it was told last_seen.area_code"),
        ("due: {police_answer: 23:30}", "police_answer: due: expected 23:30, but it is Fri 27 Mar 23:25"),
        (
            'due: {police_answer: {paused: ["Sun 29 Mar 04:00", "Sat 28 Mar 04:00 to 05:00"]}}',
            "paused: expected Sat 28 Mar 04:00 to Sat 28 Mar 05:00, Sun 29 Mar 04:00 to now, but it is none",
        ),
        ("episode: 3\n    register: {status: missing}", "but there is 1 absence"),
        ("due: {return_interview: {outcome: open}}", "expected it to be owed, but it is not"),
        ("due: {police_answer: none}", "to be withdrawn, or never to have been owed"),
        ("not_due: [first_risk_assessment, risk_review]", "not to be owed, but it is owed by Lancashire Police"),
        ("never_raised: [police_answer]", "never to be raised, but the clock raised it"),
        ("measures: {episodes: 3}", "measure episodes: expected 3, but it is 1"),
        ("receipt: {report: accepted}", "but it is accepted_with_gaps"),
        ("telephone: {Rochdale: [Leeds]}", "asked was: nobody"),
        ("told_by_telephone: [Leeds]", "nobody was asked to ring them"),
        ("delivery: {Rochdale: stored}", "it is taken"),
        ("reviews: 1", "there are 0"),
    ],
)
def test_what_differs_is_said_in_words(expectation: str, said: str) -> None:
    (found,) = differences("- at: 23:40", f"  {expectation}")
    assert found.startswith("Fri 27 Mar 23:40: ")
    assert said in found


def test_the_stretches_in_which_a_duty_stood_still_are_said_in_words() -> None:
    of = night()
    reader = Reader(clock=of.clock, agencies=of.agencies, near=None)
    began, ended, again = local("27 Mar 23:10"), local("28 Mar 03:25"), local("30 Mar 09:00")
    said = "Fri 27 Mar 23:10 to Sat 28 Mar 03:25, Mon 30 Mar 09:00 to now"
    assert reader.words({(again, None), (began, ended)}) == said


def test_a_difference_names_the_line_that_it_stands_in() -> None:
    done = played(
        expecting("- at: 23:40", "  why: a sentence", "  register:", "    risk: medium", "    status: returned")
    )
    (missed,) = done.missed
    assert missed.expectation.why == "a sentence"
    assert [found.line for found in missed.differences] == [22]


def test_only_the_fields_that_matter_need_to_be_written() -> None:
    report = night().steps[0]
    assert isinstance(report, Said)
    body = report.message
    assert isinstance(body, MissingReported)
    assert body.last_seen is not None
    assert body.last_seen.at == local("27 Mar 22:40")
    assert (body.occurred_at, body.recorded_at) == (report.at, report.at)
    assert body.person is not None
    assert body.person.date_of_birth is not None
    assert body.placement is not None
    assert body.child_ref


@pytest.mark.parametrize(
    "written, record, field, value",
    [
        ("returned: placement", ChildReturned, "to", ReturnedTo.PLACEMENT),
        ("ChildReturned: {to: home}", ChildReturned, "to", ReturnedTo.HOME),
        ("telephoned: Leeds", ToldByOtherMeans, "recipient_agency", "E08000035"),
        ("telephoned: Leeds", ToldByOtherMeans, "means", ToldMeans.TELEPHONE),
    ],
)
def test_a_word_stands_for_a_message(written: str, record: type, field: str, value: object) -> None:
    step = night(NIGHT.replace("risk: medium", written)).steps[1]
    assert isinstance(step, Said)
    assert isinstance(step.message, record)
    assert getattr(step.message, field) == value


@pytest.mark.parametrize(
    "name, code",
    [
        ("Rochdale", "E08000005"), ("E08000005", "E08000005"), ("rochdale council", "E08000005"),
        ("Lancashire Police", "E23000003"), ("Lancashire Constabulary", "E23000003"),
        ("Lancashire council", "E10000017"), ("Hull", "E06000010"), ("Bristol City Council", "E06000023"),
        ("Newcastle", "E08000021"), ("Police Scotland", "S23000009"), ("BTP", "BTP"), ("Merseyside", "E23000004"),
    ],
)  # fmt: skip
def test_an_agency_is_found_by_what_people_call_it(name: str, code: str) -> None:
    assert Agencies(reference=packaged_reference()).known(name) == AgencyId(code)


def test_reports_of_two_agencies_are_of_one_child_and_a_silent_one_is_not_taken_for_an_answer() -> None:
    text = NIGHT.replace("risk: medium", "missing: {last_seen: {at: 22:40, area: Blackpool}}").replace(
        "children:", "answers: never\nchildren:", 1
    )
    done = played(text + "expect:\n  - {at: 23:40, children: 1, episodes: 1, delivery: {Rochdale: stored}}\n")
    assert done.missed == ()


def test_the_order_of_the_file_does_not_matter_where_the_times_say_it() -> None:
    blocks = NIGHT.split("  - at: ")
    turned = blocks[0] + "  - at: " + "Fri 27 Mar " + blocks[2] + "  - at: " + blocks[1]
    one, other = played(NIGHT), played(turned)
    told = [[(sent.at, sent.owed.recipient, sent.owed.notice.kind) for sent in done.hub.sent] for done in (one, other)]
    assert told[0] == told[1]


def test_playing_twice_gives_the_same_to_the_byte() -> None:
    one, other = played(NIGHT), played(NIGHT)
    assert one.hub.sent == other.hub.sent
    assert timeline(one) == timeline(other)


def test_the_timeline_says_what_happened_who_was_told_and_what_is_owed() -> None:
    done = played(NIGHT)
    words = [line.text for line in timeline(done)]
    assert any(text.startswith("Sea View: MissingReported (last seen Fri 27 Mar 22:40") for text in words)
    assert any(text.startswith("told ") and "Rochdale" in text for text in words)
    assert any("the clock: police answer is due" in text for text in words)
    assert any("police answer, Lancashire Police, due Fri 27 Mar 23:25" in line.text for line in owed_lines(done))


def test_a_message_left_out_in_another_telling_changes_no_id_of_the_others() -> None:
    named = NIGHT.replace("risk: medium", "as: grading\n    risk: {grade: medium, reasoning: sealed from a home}")
    asked = "expect:\n  - {at: 23:40, same_for: {agencies: [home], if: grading, says: {reasoning: something else}}}\n"
    assert played(named + asked).missed == ()
    text = expecting("- at: 23:40", "  same_for: {agencies: [Rochdale], if: report, is_not_sent: yes}")
    assert len(played(text).missed) == 1


def test_what_is_expected_before_the_end_is_looked_at_as_it_was_then() -> None:
    text = expecting("- at: 23:10", "  register: {risk: ungraded}", "- at: 23:31", "  register: {risk: medium}")
    assert played(text).missed == ()


def test_a_child_of_the_file_is_what_the_hub_files_under_its_claims() -> None:
    done = play(read_scenario("n.yaml", NIGHT, REFERENCE), packaged_rulebook(), REFERENCE)
    (state,) = done.scene.states(Aim(child="girl"))
    assert len(state.claims) == 2
