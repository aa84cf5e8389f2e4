"""How far a notice got, by signed facts: whose word counts, and what telephone is and is not."""

from dataclasses import replace
from datetime import timedelta

from hub.delivery import Proof, Stage, Why, calls, proofs
from hub.ids import AgencyId, NoticeId
from schemas.records import Acknowledgement, Ask, Notice, Record, ToldByOtherMeans
from tests.unit.routing.clocked import OUT_OF_HOURS, ClockedNight, with_rota
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    ROCHDALE,
    directory_of,
    local,
    looked_after,
)

SEEN = local("27 Mar 22:40")


def reported() -> tuple[ClockedNight, Notice]:
    """A home reports at ten past eleven at night; the notice that its authority got."""
    night = ClockedNight(directory=with_rota(EVERYBODY, ROCHDALE))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    return night, next(one for one in night.told(ROCHDALE, "duty"))


def proof(night: ClockedNight, notice: Notice) -> Proof:
    return proofs(night.state, night.directory)[NoticeId(notice.notice_id)]


def test_what_was_sent_is_stored_and_nothing_more() -> None:
    night, notice = reported()
    found = proof(night, notice)
    assert (found.stage, found.stored_at, found.ask) == (Stage.STORED, local("27 Mar 23:10"), Ask.ACTION)
    assert (found.fetched, found.opened, found.taken) == (None, None, None)


def test_each_layer_is_the_first_word_of_the_recipient_with_its_role() -> None:
    night, notice = reported()
    night.acknowledges("27 Mar 23:11", ROCHDALE, [notice], Acknowledgement.FETCHED)
    assert proof(night, notice).stage is Stage.FETCHED
    night.acknowledges("27 Mar 23:15", ROCHDALE, [notice], Acknowledgement.OPENED, "duty social worker")
    night.acknowledges("27 Mar 23:20", ROCHDALE, [notice], Acknowledgement.OPENED, "manager")
    night.acknowledges("27 Mar 23:25", ROCHDALE, [notice], Acknowledgement.TAKEN, "manager")
    found = proof(night, notice)
    assert found.stage is Stage.TAKEN
    assert found.opened is not None
    assert (found.opened.at, found.opened.role) == (local("27 Mar 23:15"), "duty social worker")
    assert len(found.counted) == 4


def test_who_took_it_has_opened_it_and_who_opened_it_has_fetched_it() -> None:
    night, notice = reported()
    night.acknowledges("27 Mar 23:25", ROCHDALE, [notice], Acknowledgement.TAKEN)
    found = proof(night, notice)
    assert found.fetched == found.opened == found.taken


def test_a_stranger_s_word_is_kept_and_does_not_count() -> None:
    night, notice = reported()
    night.acknowledges("27 Mar 23:11", BLACKPOOL, [notice], Acknowledgement.TAKEN)
    found = proof(night, notice)
    assert found.stage is Stage.STORED
    assert [(one.by, one.why) for one in found.disregarded] == [(BLACKPOOL, Why.NOT_THE_RECIPIENT)]


def test_the_out_of_hours_team_reads_a_notice_of_its_own_and_its_word_counts_for_the_council() -> None:
    night, notice = reported()
    own = night.told(OUT_OF_HOURS, f"duty for {ROCHDALE}")
    assert [one.ask for one in own] == [Ask.ACTION]
    night.acknowledges("27 Mar 23:20", OUT_OF_HOURS, own, Acknowledgement.OPENED)
    found = proof(night, notice)
    assert found.opened is not None
    assert (found.opened.by, found.opened.is_delegated) == (OUT_OF_HOURS, True)


def test_it_may_say_so_of_the_council_s_own_notice_and_only_in_its_hours() -> None:
    night, notice = reported()
    night.acknowledges("28 Mar 00:05", OUT_OF_HOURS, [notice], Acknowledgement.OPENED)
    assert proof(night, notice).stage is Stage.OPENED
    late, other = reported()
    late.acknowledges("30 Mar 11:00", OUT_OF_HOURS, [other], Acknowledgement.OPENED)
    assert proof(late, other).stage is Stage.STORED
    assert [one.why for one in proof(late, other).disregarded] == [Why.OUT_OF_HOURS]


def test_the_team_is_told_nothing_new_outside_its_hours() -> None:
    night = ClockedNight(directory=with_rota(EVERYBODY, ROCHDALE))
    night.hears("27 Mar 11:00", HOME, looked_after(SEEN - timedelta(hours=13)))
    assert night.told(OUT_OF_HOURS) == []
    night.hears("27 Mar 17:30", LANCASHIRE, looked_after(SEEN - timedelta(hours=13)))
    assert night.told(OUT_OF_HOURS)


# ---- told by telephone ----


def rang(agency: AgencyId, told_at: str, **changed: object) -> Record:
    return replace(
        ToldByOtherMeans(child_ref="C-1", recipient_agency=agency, told_at=local(told_at), by_role="sergeant"),
        **changed,  # type: ignore[arg-type]
    )


def test_who_was_rung_is_told_by_telephone_and_never_delivered() -> None:
    night, notice = reported()
    night.hears("27 Mar 23:30", LANCASHIRE, rang(ROCHDALE, "27 Mar 23:28"))
    found = proof(night, notice)
    assert found.stage is Stage.TOLD_BY_TELEPHONE
    assert found.opened is None
    assert found.told_otherwise is not None
    assert (found.told_otherwise.at, found.told_otherwise.role) == (local("27 Mar 23:28"), "sergeant")


def test_a_call_of_before_anybody_knew_tells_nothing() -> None:
    night, notice = reported()
    night.hears("27 Mar 23:30", LANCASHIRE, rang(ROCHDALE, "27 Mar 22:00"))
    assert proof(night, notice).stage is Stage.STORED


def test_a_late_message_after_an_outage_was_told_by_the_call_made_meanwhile() -> None:
    night = ClockedNight(directory=with_rota(EVERYBODY, ROCHDALE))
    night.hears("28 Mar 04:00", HOME, looked_after(SEEN, recorded_at=local("27 Mar 23:05")))
    night.hears("28 Mar 04:01", HOME, rang(ROCHDALE, "27 Mar 23:20"))
    (notice, *_) = night.told(ROCHDALE, "duty")
    assert proof(night, notice).stage is Stage.TOLD_BY_TELEPHONE
    assert [one for one in night.until("28 Mar 09:00") if "by Rochdale" in one.what_happened] == []


def test_whom_somebody_is_asked_to_ring_is_a_call_until_somebody_has() -> None:
    night = ClockedNight(directory=directory_of(LANCASHIRE, ROCHDALE, HOME))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    asked = {call.seat[0]: call for call in calls(night.state)}
    assert asked[BLACKPOOL].asked_of == ROCHDALE
    assert asked[BLACKPOOL].due_at == local("27 Mar 23:25")
    assert all(call.answered is None for call in asked.values())
    night.hears("27 Mar 23:20", ROCHDALE, rang(BLACKPOOL, "27 Mar 23:19"))
    again = {call.seat[0]: call.answered for call in calls(night.state)}
    assert again[BLACKPOOL] is not None
    assert [agency for agency, answered in again.items() if answered] == [BLACKPOOL]
