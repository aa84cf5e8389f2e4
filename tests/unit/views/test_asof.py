"""As of a time: what had been accepted by then, what was later said otherwise included, nothing of later."""

from consumers import RegisterLine
from deploy.views.asof import is_child_of, line_as_of
from deploy.views.timeline import timeline
from hub.deadlines import deadlines, packaged_deadline_rules
from hub.delivery import calls, proofs
from hub.directory import Directory
from hub.episode.model import ChildState
from hub.reference import packaged_reference
from schemas.records import ChildFound, Condition, EpisodeStatus, RiskAssessed, RiskGrade, SeenBy
from tests.unit.episode.telling import LANCASHIRE, ROCHDALE, Telling, at, living_in, missing

NOBODY = Directory.empty()


def known(state: ChildState) -> RegisterLine:
    (episode,) = state.episodes
    return line_as_of(
        state,
        episode,
        deadlines=deadlines(state, packaged_deadline_rules(), NOBODY, packaged_reference()),
        proofs=proofs(state, NOBODY).values(),
        calls=calls(state),
    )


def night() -> Telling:
    told = Telling()
    told.tell("27 Mar 23:10", ROCHDALE, missing(at("27 Mar 22:40"), person=living_in(ROCHDALE), child_ref="CS-1"))
    told.tell("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    told.tell("28 Mar 01:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    return told


def test_what_was_accepted_later_is_not_known() -> None:
    then = known(night().as_of("28 Mar 00:30"))
    assert [row.what for row in timeline(then)] == ["reported missing", "risk assessed: medium"]
    assert then.known("episode.risk").value == "medium"  # type: ignore[union-attr]


def test_what_was_later_said_otherwise_still_stands_in_the_timeline() -> None:
    rows = [row.what for row in timeline(known(night().state))]
    assert rows == ["reported missing", "risk assessed: medium", "risk assessed: high"]


def test_what_was_owed_then_is_shown() -> None:
    then = {duty.duty: duty.met_at for duty in known(night().as_of("27 Mar 23:20")).duties}
    assert then["first_risk_assessment"] is None
    later = {duty.duty: duty.met_at for duty in known(night().state).duties}
    assert later["first_risk_assessment"] == at("27 Mar 23:50")


def test_a_sealed_outcome_stays_sealed() -> None:
    told = night()
    told.tell("28 Mar 06:20", LANCASHIRE, ChildFound(condition=Condition.DECEASED, seen_by=SeenBy.POLICE, place="quay"))
    then = known(told.state)
    assert then.status is EpisodeStatus.STOOD_DOWN
    assert "quay" not in str(then.blocks)
    assert "deceased" not in str(then.blocks)


def test_a_child_is_found_by_what_an_agency_calls_it() -> None:
    assert is_child_of(night().events, ROCHDALE, "CS-1")
    assert not is_child_of(night().events, LANCASHIRE, "CS-1")
