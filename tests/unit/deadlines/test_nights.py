"""Nights that must come out right, as far as their due times are concerned."""

from hub.deadlines import Outcome
from tests.unit.deadlines.owed import local, only
from tests.unit.episode.test_nights import ordinary_night


def test_the_interviews_after_an_ordinary_night_count_elapsed_hours_over_the_change_of_clocks() -> None:
    told = ordinary_night()
    answer = only(told, "police_answer")
    assert (local(answer.due_at), local(answer.closed_at)) == ("Fri 27 Mar 23:25", "Fri 27 Mar 23:31")
    assert answer.outcome is Outcome.MET_LATE
    assert local(only(told, "prevention_interview").due_at) == "Sun 29 Mar 04:25"
    assert local(only(told, "return_interview_offered").due_at) == "Sun 29 Mar 04:25"
    assert local(only(told, "return_interview").due_at) == "Tue 31 Mar 04:25"
