"""The closed vocabularies in which the rules of deadlines are written, and what each word means.

A row of `deadlines.toml` combines these words and no others; a word that is not here is refused with its line and the
nearest known one. The sentences are what the reference page prints, so a word is explained in one place. The questions
themselves stand in `bases`, `conditions`, `stops`, `pauses` and `owers`; a test holds the lists to one another.
"""

from typing import Final

ROLES: Final = {
    "hub": "the hub itself",
    "owning_force": "the force that holds the case; until one does, the likeliest by where the child was last seen, "
    "lives or is placed",
    "responsible_authority": "the authority with the duty to the child; while that is disputed, the one where the "
    "child lives or was found",
    "placing_authority": "the responsible authority; where the host of the placement holds its duties, or nobody is "
    "known to, the authority that stated the move",
    "first_responders": "the responsible authority, and the police force that said that exploitation is feared",
    "section_47_authority": "the authority where the child lives or was found, until another accepts in writing",
    "carer": "the home or provider that the child lives with by placement; without one, the responsible authority",
    "disputing_authorities": "the authorities that are named by claims of the same strength",
    "asked_agency": "the agency that was asked",
    "both_sides": "the agencies that say different things",
    "forces_in_handover": "both forces of a handover that was refused",
    "holder_of_order": "the holder of the order, otherwise who stated it",
    "setter": "the agency that set it",
}

BASES: Final = {
    "reported": "when the hub accepted the first report, whether it says missing or away",
    "reported_missing": "when the hub accepted the first report that the child is missing, not only away",
    "reported_by_others": "the same, where it was not police who reported",
    "risk_assessed": "each police assessment made while the child was missing, and each time it went missing again",
    "still_missing": "when the child has been missing for `after` since it was last known safe, unless found before",
    "missing_for_long": "the steps of a series since the report",
    "information_after_long": "a probable sighting of a child that has been missing for 28 days",
    "missing_and_exploited": "when the child was known to be missing and feared to be exploited",
    "located": "when the child was located",
    "returned": "the return, the decision to live elsewhere, or the latest moment of a return that nobody saw",
    "returned_or_staying": "the return; of a child that will not come back, when it was located",
    "absence_over": "when the absence was over, however it ended, or its last report was withdrawn",
    "search_over": "when the child was located or back, or its last report was withdrawn",
    "expected_by": "the time by which a child that is away was expected (it lies ahead)",
    "prevention_interview_held": "when police held the prevention interview",
    "return_interview_held": "when the return interview was held",
    "child_declined": "when the child first declined a return interview",
    "first_attempt_failed": "the first offer of a return interview, if nobody answered or a parent refused",
    "harm_disclosed": "an interview in which the child told of harm",
    "repeat_trigger": "when this absence was reported, if with it the child is missing repeatedly (`[repeat]`)",
    "placed_elsewhere": "the beginning of a planned placement in another authority's area (it may lie ahead)",
    "placed_elsewhere_in_emergency": "the beginning of an emergency placement in another authority's area",
    "placement_elsewhere_ended": "the end of a placement in another authority's area",
    "authority_disputed": "when claims of the same strength first named different responsible authorities",
    "handover_proposed": "when a handover was proposed",
    "handover_refused_twice": "the second refusal of a handover of the investigation",
    "order_until": "when an order ends (it lies ahead)",
    "enquiry_by_when": "the time by which an enquiry asks to be answered, or 24 hours (it lies ahead)",
    "flag_review_by": "the time by which a flag is to be reviewed (it lies ahead)",
    "exclusion_review_by": "the time by which an exclusion is to be reviewed (it lies ahead)",
    "exploitation_flag": "when a flag of exploitation or trafficking was set, or told, in this absence",
    "difference_found": "when agencies were first seen to say different things of a field",
    "death_or_serious_harm": "the death; or the later of being found injured and telling of harm",
}

CONDITIONS: Final = {
    "was_missing": "the child was missing in this absence, not only away",
    "was_away": "the child was away from placement and never missing",
    "looked_after": "the child is looked after, by any standing statement or by the kind of placement",
    "not_looked_after": "the child is not known to be looked after",
    "parents_may_be_asked": "no parent is excluded, took the child, is unsafe to ring or may not be told in full, and "
    "the child was not found at an address that is kept",
    "authority_fetches": "the child is looked after, or its parents are not to be asked",
    "not_with_family": "not a whole family away together",
    "exploited": "flagged for exploitation or trafficking, or a police risk factor says so",
    "was_circulated": "the child was circulated on the police national computer",
    "was_published": "an appeal or alert was published",
    "police_confirmed": "a force has answered: said how it holds the child, or where the child is",
    "authority_did_not_report": "a responsible authority is known, and neither it nor the one before it reported it",
}

STOPS: Final = {
    "police_answered": "the force that owes it said how it holds the child, or where the child is; or another treats "
    "the child as its case. A sighting or an enquiry is no answer",
    "risk_assessed": "the first police assessment of the risk",
    "risk_assessed_again": "the next police assessment",
    "reviewed_by_police": "a police assessment in the second half of the step, or later",
    "circulated": "circulated on the police national computer",
    "circulation_cancelled": "taken off the police national computer",
    "police_did_not_record": "the force that owes it answered that it does not record the child as missing, and no "
    "force treats it as missing",
    "appeal_withdrawn": "the appeal was taken down",
    "found_or_back": "located, back, or the absence over in any other way",
    "absence_over": "the absence is over",
    "search_handed_over": (
        "the absence was over after its case was proposed to another force; any other duty needs an answer all the same"
    ),
    "left_again": "missing again within the same absence, after being located",
    "missing_by_now": "a child that was away is missing by now",
    "status_said": "anybody says, then or later, where the child is or that it is still away",
    "return_arranged": "who fetches the child is said, or why nobody can",
    "prevention_interview_done": "the prevention interview was held, or declined; not possible leaves it owed",
    "prevention_interview_shared": "the hub has the record of the prevention interview",
    "interview_offered": "a return interview was offered",
    "interview_offered_again": "a return interview was offered again, at a later time",
    "interview_held": "a return interview was held; one may cover several absences",
    "interview_held_later": "a return interview was held after that",
    "interview_declined_by_child": "the outcome is recorded that the child declined; a parent's refusal is none",
    "child_declined": "the child declined, by the outcome or to an offer",
    "no_contact_after_two_attempts": "no contact is recorded after two attempts, an hour apart, that reached nobody",
    "adulthood_recorded": "the outcome is recorded that the child turned 18",
    "findings_given": "the record of the interview says what may be shared: factors, needs, agreed statements",
    "strategy_decided": "a strategy decision about the child is recorded from then on, also one that lies in another "
    "absence: held, not needed or already open",
    "authority_reached": "the responsible authority, or a team that acts for it in its hours, fetched a notice, or was "
    "told by telephone; or the one before it, until another accepted the duty in writing",
    "national_unit_reached": "the national unit fetched a notice, or was told by telephone",
    "host_told": "the host authority was notified of the placement, or the hub sent it the move",
    "host_told_of_end": "the hub sent the host authority the end of the placement, or it was told otherwise",
    "host_police_told": "the force of the host authority was sent the move, or was told otherwise",
    "notification_made": "the authority says that it told the body that the notification goes to",
    "responsibility_settled": "a stronger claim names the responsible authority",
    "handover_answered": "the handover was accepted or refused",
    "handover_settled": "a handover was accepted after all",
    "enquiry_answered": "the enquiry was answered, or cannot be",
    "difference_settled": "the difference is settled",
    "exploitation_considered": "a strategy decision, or support against exploitation",
    "plan_reviewed": "the authority changes or confirms placement, care standing or support",
    "flag_reviewed": "its setter states the flag anew, at that time or later",
    "exclusion_reviewed": "its decider sets or lifts an exclusion anew, at that time or later",
    "care_decided": "what follows the order is decided: care standing, placement or strategy decision",
}

PAUSES: Final = {
    "missing_again": "the child is missing again",
    "detained": "the child is in custody or secure accommodation",
    "in_hospital": "the child is in hospital",
    "abroad": "the child is abroad",
}

ENDINGS: Final = {
    "deceased": "the child was found dead",
    "not_missing": "police or the responsible authority say that the child was not missing",
    "cancelled": "every report of the absence was withdrawn",
    "turned_18": "the 18th birthday, where the duty began before it",
    "adult": "the 18th birthday, where it lies before the duty would begin",
}

CALENDARS: Final = {
    "ower": "bank holidays of the nation of whoever owes the duty",
    "none": "no calendar: elapsed time, or whole days of the calendar year",
}
