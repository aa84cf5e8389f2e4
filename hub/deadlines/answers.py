"""Which message of police answers the report of an absence, for the duty to answer it.

Whoever is asked says how it holds the child, or where the child is; or another force treats the child as its case. That
another does not record it answers nothing for whoever is asked, and neither does a case that another has dropped since.
Where nobody knows which force is asked, any answer counts.
"""

from hub.deadlines.case import Case
from hub.deadlines.model import Moment, earliest
from hub.deadlines.owers import likely_force
from hub.episode.holding import answers, denies_a_case, treats_as_a_case


def police_answer(case: Case) -> Moment | None:
    """The first answer to the report of an absence; None while there is none."""
    asked = likely_force(case)
    said = [event for event in case.episode.standing if answers(event)]
    last = {event.sender: event for event in said if treats_as_a_case(event) or denies_a_case(event)}
    has_dropped = {force for force, event in last.items() if denies_a_case(event)}
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event in said
        if asked in (None, event.sender) or (treats_as_a_case(event) and event.sender not in has_dropped)
    )
