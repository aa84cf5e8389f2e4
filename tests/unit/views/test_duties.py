"""What is owed: each thing once, the earliest first, and nothing of a child from a notice that nobody has opened."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from consumers.inbox_memory import InboxMemory, acted_on
from deploy.views.duties import Acted, acted_by_register, owed, together, untaken
from hub.deadlines import packaged_deadline_rules
from hub.routing import packaged_rules
from hub.routing.raised import PURPOSE as DUTY
from hub.routing.steps import LADDER
from hub.routing.still_asked import duties_asked
from hub.routing.wording import STAND_DOWN, WITHDRAW, WITHDRAW_ALL
from schemas.records import (
    Acknowledgement,
    Ask,
    DisclosedField,
    Disclosure,
    EpisodeStatus,
    Means,
    Notice,
    NoticeKind,
    ToldSummary,
)
from tests.unit.scenario.nights import played
from tests.unit.views.lines import LANCASHIRE, ROCHDALE, at, duty, line, notice

THIRD_TIME = """
scenario: The third absence is the second
agencies:
  Hull: {is: Kingston upon Hull, answers: never}
  Humberside Police: {connected: no}
repeats: 3 in 30 days
children:
  boy: {age: 14, home: Hull}
messages:
  - {at: Fri 1 May 18:10, from: Hull, as: first, missing: {last_seen: {at: 18:00, area: Hull}}}
  - {at: Sat 2 May 09:00, from: Hull, returned: {to: home, seen_by: professional}}
  - {at: Sun 10 May 18:10, from: Hull, missing: {last_seen: {at: 18:00, area: Hull}}}
  - {at: Tue 12 May 09:00, from: Hull, returned: {to: home, seen_by: professional}}
  - {at: Thu 14 May 20:10, from: Hull, missing: {last_seen: {at: 20:00, area: Hull}}}
  - {at: Thu 14 May 21:00, from: Hull, cancelled: {cancels: first, reason: was_where_expected}}
expect:
  - {at: Thu 14 May 22:00, episode: 3, register: {status: missing}}
"""

WORDS = packaged_rules().words["ask"]
OPENED = Acted(layer=Acknowledgement.OPENED)
TAKEN = Acted(layer=Acknowledgement.TAKEN)


def test_an_agency_owes_what_names_it_and_is_not_met() -> None:
    lines = [
        line(
            duties=(
                duty("return_interview", "27 03:25"),
                duty("return_interview_offered", "25 03:25", met="25 02:00"),
                duty("prevention_interview", "25 03:25", by=LANCASHIRE),
            )
        )
    ]
    (one,) = owed(lines, (), {}, ROCHDALE)
    assert (one.duty, one.child, one.due_at) == ("return_interview", "Nate Exampleton", at("27 03:25"))
    assert "interview" in one.what


def test_the_earliest_due_comes_first_whether_the_register_or_a_notice_says_so() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25"),))]
    found = owed(lines, [notice(1, "24 23:30"), notice(2, "28 09:00")], {}, ROCHDALE)
    assert [one.due_at for one in found] == [at("24 23:30"), at("27 03:25"), at("28 09:00")]


def test_a_notice_about_a_duty_of_the_register_is_the_same_thing_once() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25"),))]
    for asks in (of_duty(1, "return_interview", "27 03:25"), notice(1, "27 03:25", asked_of_you=HOLD)):
        (one,) = owed(lines, [asks], {}, ROCHDALE)
        assert one.duty == "return_interview"
        assert one.notice == notice(1, None).notice_id


def test_a_notice_about_a_duty_that_is_met_is_owed_no_more() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25", met="26 19:00"),))]
    for asks in (of_duty(1, "return_interview", "27 03:25"), notice(1, "27 03:25", asked_of_you=HOLD)):
        assert owed(lines, [asks], {}, ROCHDALE) == ()


def test_a_call_to_be_made_is_owed_beside_the_duty_that_falls_due_with_it_and_after_it_is_met() -> None:
    ring = notice(1, "25 01:15", purpose="telephone", asked_of_you="Please telephone these: Leeds.")
    answer = notice(2, "25 01:15", asked_of_you=ANSWER)
    opened = {ring.notice_id: OPENED}
    owing = owed([line(duties=(duty("police_answer", "25 01:15"),))], [ring, answer], opened, ROCHDALE)
    assert [(one.duty, one.notice) for one in owing] == [
        (None, ring.notice_id), ("police_answer", answer.notice_id),
    ]  # fmt: skip
    met = [line(duties=(duty("police_answer", "25 01:15", met="25 01:05"),))]
    (left,) = owed(met, [ring, answer], opened, ROCHDALE)
    assert (left.notice, left.what) == (ring.notice_id, ring.asked_of_you)


def test_what_is_asked_beside_a_duty_is_owed_when_the_duty_is_met() -> None:
    both = notice(1, "25 03:25", asked_of_you=f"{OFFER} {WORDS['take_the_report']}")
    other = of_duty(2, "prevention_interview", "25 03:25")
    elsewhere = notice(3, "25 03:25", asked_of_you=OFFER, desk=f"duty for {LANCASHIRE}")
    offered = duty("return_interview_offered", "25 03:25", met="25 02:00")
    met = [line(duties=(offered,), status=EpisodeStatus.RETURNED)]
    found = owed(met, [both, other, elsewhere], {}, ROCHDALE)
    assert {one.notice for one in found} == {both.notice_id, other.notice_id, elsewhere.notice_id}


def test_a_step_of_a_ladder_is_the_same_thing_as_the_duty_that_its_notice_asks_for() -> None:
    answer, ring = notice(1, "25 01:15", asked_of_you=ANSWER), notice(2, "25 01:15", purpose="telephone")
    step = notice(3, "25 01:15", purpose=LADDER, asked_of_you=WORDS["open_this"], issued_at=at("24 23:40"))
    lines = [line(duties=(duty("police_answer", "25 01:15"),))]
    (one,) = owed(lines, [answer, step], {}, ROCHDALE)
    assert (one.duty, one.notice) == ("police_answer", answer.notice_id)
    found = owed(lines, [answer, ring, step], {}, ROCHDALE)
    assert {one.notice for one in found} == {answer.notice_id, ring.notice_id, step.notice_id}


def test_the_words_that_ask_for_a_duty_are_those_of_the_tables() -> None:
    duties = {row.duty for row in packaged_deadline_rules().rows}
    for key in WORDS:
        asked = duties_asked(notice(1, None, asked_of_you=WORDS[key]), packaged_rules())
        assert duties.issuperset(chain.from_iterable(asked))
        assert bool(asked) is (key in ASKS_FOR_A_DUTY), key


def test_a_notice_that_somebody_took_is_owed_no_more_and_one_that_was_opened_is() -> None:
    one, other = notice(1, "25 01:00"), notice(2, "25 02:00")
    found = owed((), [one, other], {one.notice_id: TAKEN, other.notice_id: OPENED}, ROCHDALE)
    assert [each.notice for each in found] == [other.notice_id]
    assert untaken([one, other], {one.notice_id: TAKEN}) == (other,)


def test_a_notice_that_nobody_opened_shows_its_reference_and_its_due_time_alone() -> None:
    (one,) = owed([line()], [notice(1, "25 01:00")], {}, ROCHDALE)
    assert (one.child, one.what) == ("", "a notice needs you")
    (opened,) = owed([line()], [notice(1, "25 01:00")], {notice(1, None).notice_id: OPENED}, ROCHDALE)
    assert (opened.child, opened.what) == ("Nate Exampleton", "Please take this: say which role has it.")


def withdrawal(number: int, *fields: str, purpose: str = WITHDRAW, ask: Ask = Ask.ACTION) -> Notice:
    """What takes back these fields at one in the morning."""
    return notice(
        number, "25 02:00", kind=NoticeKind.WITHDRAWAL, issued_at=at("25 01:00"), withdrawn_fields=fields,
        purpose=purpose, ask=ask,
    )  # fmt: skip


def of_duty(number: int, name: str, due: str) -> Notice:
    """What asks that a duty be done."""
    field = DisclosedField(name=f"duty.{name}.due_at", disclosure=Disclosure.SAFEGUARDING, value="…")
    return notice(number, due, purpose=DUTY, fields=(field,))


def test_once_everything_is_withdrawn_nothing_told_before_is_owed_but_the_withdrawal_itself_is() -> None:
    gone = withdrawal(2, "episode.status", purpose=WITHDRAW_ALL)
    later = notice(3, "25 03:00", issued_at=at("25 02:00"))
    assert untaken([notice(1, "25 01:00"), gone, later], {}) == (gone, later)


def test_a_withdrawal_of_some_fields_takes_nothing_back_that_was_asked() -> None:
    ring = notice(1, "25 01:15", purpose="telephone", asked_of_you="Please telephone these: Humberside Police.")
    decide, part = of_duty(2, "strategy_decision", "25 23:59"), withdrawal(3, "episode.repeats")
    assert untaken([ring, decide, part], {}) == (ring, decide, part)


def test_a_withdrawal_of_one_duty_takes_back_that_duty_alone() -> None:
    ring = notice(1, "25 01:15", purpose="telephone", asked_of_you="Please telephone these: Humberside Police.")
    decide, look = of_duty(2, "strategy_decision", "25 23:59"), of_duty(3, "placement_review", "25 23:59")
    gone = withdrawal(4, "duty.strategy_decision.due_at", "duty.strategy_decision.stage", ask=Ask.INFORMATION)
    assert untaken([ring, decide, look, gone], {}) == (ring, look)
    elsewhere = notice(5, "25 01:00", purpose="duty", desk="named_officers", fields=decide.fields)
    assert untaken([elsewhere, gone], {}) == (elsewhere,)


def test_when_the_third_absence_turns_out_to_be_the_second_the_telephone_task_stays_and_the_decision_goes() -> None:
    """S11's rule, by the hub's own notices: the first absence is cancelled before anybody has done anything."""
    hub = played(THIRD_TIME).hub
    to_hull = [sent.owed.notice for sent in hub.sent if sent.owed.recipient == "E06000010"]
    third = to_hull[-1].episode_id
    before = [each for each in to_hull if each.episode_id == third and each.kind is not NoticeKind.WITHDRAWAL]
    taken_back = [each for each in to_hull if each.episode_id == third and each.kind is NoticeKind.WITHDRAWAL]
    assert {name for each in taken_back for name in each.withdrawn_fields} == {
        "episode.repeats", "duty.strategy_decision.due_at", "duty.strategy_decision.stage",
    }  # fmt: skip
    asked = [each for each in before if each.ask is Ask.ACTION and each.desk == "duty"]
    assert {each.purpose for each in asked} >= {"telephone", "duty"}
    left = [each for each in untaken(to_hull, {}) if each in asked]
    assert left == [each for each in asked if each.purpose != "duty"]


def of_status(number: int, status: str, issued: str, **given: object) -> Notice:
    """News of how the absence stands."""
    field = DisclosedField(name="episode.status", disclosure=Disclosure.ROUTING, value=status)
    return notice(number, None, ask=Ask.INFORMATION, fields=(field,), issued_at=at(issued), **given)


ANSWER = WORDS["answer_the_report"]
OFFER = WORDS["offer_return_interview"]
HOLD = WORDS["hold_return_interview"]
ASKS_FOR_A_DUTY = {
    "answer_the_report", "name_a_collector", "hold_prevention_interview", "offer_return_interview",
    "hold_return_interview", "record_strategy_decision", "consider_serious_incident",
}  # fmt: skip


@pytest.mark.parametrize("status", ["returned", "not_missing", "closed", "settled_elsewhere"])
def test_what_a_search_asked_is_owed_no_more_once_the_desk_is_told_that_it_is_over(status: str) -> None:
    take, later = notice(1, "24 23:30"), of_status(2, status, "25 03:25")
    assert untaken([take], {}) == (take,)
    assert untaken([take, later], {}) == ()
    assert untaken([take, of_status(2, "located_not_returned", "25 02:15")], {}) == (take,)
    assert untaken([take, of_status(2, status, "25 03:25", desk="director")], {}) == (take,), "another desk was told"
    again = of_status(3, "missing", "25 04:00")
    assert untaken([take, later, again], {}) == (take,), "it was none"


NIGHT = """
scenario: Nobody took anything
agencies:
  Rochdale: {answers: never}
  Lancashire Police: {answers: never}
  home: {kind: placement, name: Sea View, area: Blackpool}
children:
  girl: {age: 15, looked_after_by: Rochdale, placement: {kind: childrens_home, provider: home, host: Blackpool}}
messages:
  - {at: Fri 27 Mar 23:10, from: home, missing: {last_seen: {at: 22:40, area: Blackpool}}}
  - {at: 23:31, from: Lancashire Police, missing: {last_seen: {at: 22:40, area: Blackpool}}}
  - {at: 23:50, from: Lancashire Police, risk: medium}
  - {at: Sat 28 Mar 03:25, from: Lancashire Police, returned: {to: placement, seen_by: police}}
expect:
  - {at: Sat 28 Mar 03:30, register: {status: returned}}
"""


def test_after_a_night_in_which_nobody_took_anything_only_what_follows_it_is_owed() -> None:
    """And whom to ring: that the child is back takes no call from anybody who has still to be told."""
    sent = [each.owed.notice for each in played(NIGHT).hub.sent]
    for agency in (ROCHDALE, LANCASHIRE):
        to_it = [each for each in sent if each.recipient == agency]
        over_at = max(each.issued_at for each in to_it)
        before = [each for each in to_it if each.ask is Ask.ACTION and each.issued_at < over_at]
        left = untaken(to_it, {})
        assert before
        assert all("telephone" in each.asked_of_you for each in left if each.issued_at < over_at)
        assert [each for each in left if each.issued_at == over_at and each.purpose == "aftercare"]


def test_what_follows_an_absence_stays_owed_until_it_is_done() -> None:
    offer, over = notice(1, "26 03:25", asked_of_you=OFFER), of_status(2, "returned", "25 03:25")
    assert untaken([offer, over], {}) == (offer,)
    done = DisclosedField(name="return_interview.outcome", disclosure=Disclosure.SAFEGUARDING, value="held")
    assert (
        untaken([offer, over, notice(3, None, ask=Ask.INFORMATION, fields=(done,), issued_at=at("26 01:00"))], {}) == ()
    )


def test_the_register_says_it_as_well_and_whichever_is_newer_counts() -> None:
    take = notice(1, "24 23:30")
    over = line(status=EpisodeStatus.RETURNED, changed_at=at("25 03:25"))
    assert untaken([take], {}, {over.episode: over}) == ()
    assert untaken([take, of_status(2, "missing", "25 04:00")], {}, {over.episode: over}) == (take,)
    assert untaken([take, of_status(2, "missing", "25 02:00")], {}, {over.episode: over}) == ()
    joined = line(status=EpisodeStatus.SUPERSEDED, changed_at=at("25 03:25"))
    assert untaken([take], {}, {joined.episode: joined}) == (take,), "it is asked under the other reference"


def test_an_answer_that_police_have_given_is_asked_no_more() -> None:
    ask = notice(1, "24 23:30", asked_of_you=ANSWER)
    (line_,) = [line(police_position="confirmed", changed_at=at("24 23:31"))]
    assert untaken([ask], {}, {line_.episode: line_}) == ()
    assert untaken([ask, notice(2, "24 23:40", asked_of_you=f"{ANSWER} {OFFER}")], {}) != ()


def test_a_duty_that_the_register_shows_as_owed_no_longer_is_gone_and_so_is_its_notice() -> None:
    review = duty("risk_review", "25 05:00", met="25 03:25", is_withdrawn=True)
    lines = [line(duties=(review,))]
    assert owed(lines, [of_duty(1, "risk_review", "25 05:00")], {}, ROCHDALE) == ()


def test_a_duty_of_a_search_ends_with_it_for_whoever_has_no_grant_too() -> None:
    review, decide = of_duty(1, "risk_review", "25 05:00"), of_duty(2, "strategy_decision", "25 23:59")
    assert untaken([review, decide, of_status(3, "returned", "25 03:25")], {}) == (decide,)


def test_a_search_that_was_stood_down_leaves_nothing_owed_but_what_was_withdrawn() -> None:
    gone = withdrawal(2, "person.home.postcode")
    down = notice(3, None, ask=Ask.INFORMATION, purpose=STAND_DOWN, issued_at=at("25 06:20"))
    ring = notice(4, "25 01:15", purpose="telephone", asked_of_you="Please telephone these: Humberside Police.")
    later = notice(5, "25 09:10", issued_at=at("25 09:10"))
    assert untaken([notice(1, "24 23:30"), gone, ring, down, later], {}) == (gone, later)


def test_a_step_of_a_ladder_ends_with_what_it_climbed_for() -> None:
    take = notice(1, "24 23:30")
    step = notice(2, "24 23:30", purpose=LADDER, asked_of_you=WORDS["open_this"], issued_at=at("24 23:40"))
    over = of_status(3, "returned", "25 03:25")
    assert untaken([take, step], {}) == (take, step)
    assert untaken([take, step, over], {}) == ()
    assert untaken([take, step], {take.notice_id: TAKEN}) == ()
    assert untaken([step, over], {}) == (step,), "a team that is tried next had nothing else"


def test_words_of_no_row_are_asked_until_somebody_takes_them() -> None:
    own = notice(1, "24 23:30", asked_of_you="Please look in the garden.")
    assert untaken([own, of_status(2, "returned", "25 03:25")], {}) == (own,)


def test_information_asks_for_nothing() -> None:
    assert owed((), [notice(1, "25 01:00", ask=Ask.INFORMATION)], {}, ROCHDALE) == ()


def test_a_pause_never_hides_the_raw_due_time() -> None:
    (one,) = owed([line(duties=(duty("return_interview", "27 15:00", raw="27 03:25"),))], (), {}, ROCHDALE)
    assert one.was_paused
    assert one.as_mapping(at("27 10:00"))["raw_due_at"] == at("27 03:25")


def test_what_is_left_turns_into_how_late_it_is() -> None:
    (one,) = owed([line(duties=(duty("return_interview", "27 03:00"),))], (), {}, ROCHDALE)
    assert (one.left(at("27 00:50")), one.is_late(at("27 00:50"))) == ("in 2 h 10 min", False)
    assert (one.left(at("27 03:35")), one.is_late(at("27 03:35"))) == ("35 min late", True)


def test_the_register_knows_what_another_program_of_the_agency_did() -> None:
    told = ToldSummary(
        recipient=ROCHDALE,
        desk="duty",
        kind=NoticeKind.NEWS,
        told_at=at("24 23:00"),
        means=Means.HUB,
        layer=Acknowledgement.TAKEN,
    )
    found = acted_by_register([line(told=(told,))], [notice(1, "25 01:00")], ROCHDALE)
    assert {id_: one.layer for id_, one in found.items()} == {notice(1, None).notice_id: Acknowledgement.TAKEN}
    ring = notice(2, "24 23:15", kind=NoticeKind.UPDATE, purpose="telephone")
    found = acted_by_register([line(told=(told,))], [notice(1, "25 01:00"), ring], ROCHDALE)
    assert list(found) == [notice(1, None).notice_id], "the task to ring somebody is another thing of the same moment"
    other = notice(2, "24 23:15", purpose="telephone")
    both = [notice(1, "25 01:00"), other]
    assert acted_by_register([line(told=(told,))], both, ROCHDALE) == {}
    assert acted_by_register([line(told=(told, replace(told, layer=None)))], both, ROCHDALE) == {}
    assert set(acted_by_register([line(told=(told, told))], both, ROCHDALE)) == {each.notice_id for each in both}


def test_the_inbox_remembers_what_was_opened_and_taken_after_it_was_sent(tmp_path: Path) -> None:
    file = tmp_path / "inbox.sqlite"
    assert acted_on(file) == {}
    with InboxMemory(file) as memory:
        for layer in (Acknowledgement.FETCHED, Acknowledgement.OPENED, Acknowledgement.TAKEN):
            memory.owe([notice(1, None)], layer, at("25 00:05"), role="edt", by=None)
        while (next_owed := memory.next_owed(fetched=False)) is not None:
            memory.settle(next_owed)
        assert acted_on(file) == {notice(1, None).notice_id: (Acknowledgement.TAKEN, "edt")}


def test_unopened_notices_of_one_reference_and_due_time_are_shown_as_one_row_with_how_many() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25"),))]
    notices = [notice(1, "24 23:30"), notice(2, "24 23:30"), notice(3, "24 23:45"), notice(4, "24 23:30")]
    rows = owed(lines, notices, {notice(4, "24 23:30").notice_id: OPENED}, ROCHDALE)
    assert len(rows) == 5
    counts = [(one.due_at, count) for one, count in together(rows)]
    assert sorted(counts) == [(at("24 23:30"), 1), (at("24 23:30"), 2), (at("24 23:45"), 1), (at("27 03:25"), 1)]


def test_while_it_acts_for_others_a_team_is_shown_what_they_owe() -> None:
    team = "edt-pennine"
    found = EpisodeStatus.LOCATED_NOT_RETURNED
    both = (duty("collector_named", "25 02:00"), duty("circulated", "25 01:00", by=LANCASHIRE))
    lines = [line(duties=both, status=found)]
    assert owed(lines, (), {}, team) == ()
    (one,) = owed(lines, (), {}, team, (ROCHDALE,))
    assert (one.duty, one.acts_for, one.is_late(at("25 02:30"))) == ("collector_named", ROCHDALE, True)
    asks = WORDS["name_a_collector"]
    told = notice(1, "25 02:00", recipient=team, desk=f"duty for {ROCHDALE}", asked_of_you=asks)
    (one,) = owed(lines, [told], {}, team, (ROCHDALE,))
    assert (one.notice, one.acts_for) == (told.notice_id, ROCHDALE)
    met = [line(duties=(duty("collector_named", "25 02:00", met="25 01:30"),), status=found)]
    assert owed(met, [told], {}, team, (ROCHDALE,)) == ()
