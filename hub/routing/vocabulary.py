"""The closed vocabularies in which the rules are written: roles, conditions, purposes, and what each means.

A row of `routing.toml` or `disclosure.toml` combines these words and no others; a word that is not here is refused
with its line and the nearest known one. The sentences are what the reference pages print, so a word is explained in
one place. The predicates themselves stand in `hub.routing.conditions`, the resolvers in `hub.routing.recipients`.
"""

from typing import Final

ROLES: Final = {
    "force_where_last_seen": "the police force of the area where the child was last seen",
    "force_of_home": "the police force of the area of the child's home",
    "force_of_placement": "the police force of the area of the child's placement",
    "force_of_responsible_authority": "the police force of the area of the responsible authority",
    "force_where_found": "the police force of the area where the child was found",
    "owning_force": "the force that has the case: the first that treated the child as missing or found, until another "
    "accepts it; before any does, the force where the child was last seen",
    "owning_force_named": "the named officers of the owning force who may hold a protected address",
    "force_that_handed_over": "a force that had the case, and whose handover another has accepted",
    "agency_that_asked": "an agency that proposed a handover of the case, or of another duty",
    "neighbouring_forces": "every force whose area shares a land boundary with the force where the child was last seen",
    "transport_police": "British Transport Police",
    "responsible_authority": "the authority with the duty to the child, as the law of claims decides it",
    "host_authority": "the authority in whose area the child is placed by another",
    "authority_where_found": "the authority in whose area the child was found",
    "section_47_authority": "the authority where the child lives or is found, which holds the duty to enquire",
    "plan_holding_authority": "the authority that holds a protection plan",
    "education_authority": "the authority that keeps the child's education plan",
    "director": "the director's office of the responsible authority",
    "named_officers": "the named officers of the responsible authority who may hold a protected address",
    "reviewing_team": "the independent reviewing officer's team of the responsible authority",
    "social_worker_team": "the named social worker's team of the responsible authority",
    "virtual_school": "the virtual school of the responsible authority",
    "exploitation_team": "the exploitation team of the area: an agency of its own, or a desk of the authority",
    "placement": "the home or provider that the child lives with by placement",
    "former_placement": "a home or provider whose placement of the child has ended",
    "reporting_agency": "an agency that reported the absence",
    "school": "the safeguarding lead of the child's own school",
    "health_desk": "the health duty desk of the area",
    "national_unit": "the UK Missing Persons Unit",
    "border_desk": "the national border desk",
    "home_office": "the Home Office, for an unaccompanied child",
    "interview_provider": "the independent provider asked to hold the return interview",
    "analyst": "whoever counts: never told of one child",
}

NAMED_OFFICERS: Final = "named_officers"
"""The desk of those who may hold what nobody else at an agency may."""

DESKS: Final = {
    "director": "director",
    "named_officers": NAMED_OFFICERS,
    "owning_force_named": NAMED_OFFICERS,
    "reviewing_team": "reviewing_team",
    "social_worker_team": "social_worker_team",
    "virtual_school": "virtual_school",
    "exploitation_team": "exploitation_team",
    "school": "safeguarding_lead",
}
"""The desk of the recipient that a role means; every other role means the duty desk."""

DUTY_DESK: Final = "duty"

PURPOSES: Final = {
    "find_the_child": "to look for a child whose whereabouts are not known",
    "safeguard_the_child": "to do one's own duty to the child",
    "aftercare": "to see the child, offer and hold interviews, and act on what is learned",
    "care_planning": "to review placement and care plan",
    "health_care": "to recognise and treat the child who comes to a ward or clinic",
    "education_safeguarding": "to say whether the child was in school, and to call police",
    "exploitation_response": "to act on feared exploitation or trafficking",
    "watch_the_border": "to stop a child being taken abroad",
    "protect_the_address": "to keep a protected address safe",
    "follow_the_handover": "to know whether a duty that was offered to another has passed",
    "answer_the_reporter": "to let whoever reported know how it ended",
    "after_a_death": "to do what the law asks of named roles after a death",
    "count_a_presence": "to know the fact of missing or found, and no more",
}

CONDITIONS: Final = {
    "reported_missing": "some standing report or claim says missing, or the child was found before anybody reported",
    "reported_away": "some standing report says away from placement without authorisation",
    "open": "the absence has not ended, been cancelled or been stood down",
    "located": "whereabouts are known and the child was seen safe, or is back",
    "not_returned": "located, and return still lies ahead",
    "not_located": "no standing claim that counts says the child was found or is back",
    "ended": "the child has returned or is settled elsewhere",
    "detained": "the child was brought to custody or secure accommodation, and nobody has told of it leaving",
    "return_to_confirm": "back by the word of somebody who cannot close the absence, or of the placement alone",
    "police_unconfirmed": "no force has answered yet: said how it holds the child, or where the child is",
    "looked_after": "the child is looked after, by any standing statement",
    "out_of_area": "the child is placed in the area of another authority than the responsible one",
    "high_risk": "the grade is or was high; unknown grades count as high; so does ungraded under 13 or when flagged",
    "high_now": "the grade is high at this moment, or is treated so",
    "medium_risk": "the grade is or was medium, or ungraded",
    "medium_now": "the grade is medium at this moment, or is treated so",
    "travel_cue": "a station, a pattern, a stated intent, a ticket, or last seen at a transport hub",
    "rail_likely": "the cue is a station or a ticket, or last seen at a transport hub",
    "travel_abroad_feared": "travel abroad is a stated cue, or the child was taken",
    "exploitation": "flagged for it or trafficking (not expired as the absence began), or a police risk factor says so",
    "protection_plan": "the child has a protection plan, by care status or flag",
    "missing_repeatedly": "the child was missing so often, in so many days, as the rules of deadlines say (`[repeat]`)",
    "protected_address": "an address of the child is protected",
    "unaccompanied": "the child is flagged unaccompanied",
    "school_day": "from eight on the school day of the report; on the next one if it came after six in the evening",
    "harm_disclosed": "an interview says that the child disclosed harm",
    "seriously_harmed": "found injured, and an interview says that the child disclosed harm",
    "interview_provider_named": "the authority has asked a provider to hold the return interview",
    "prevention_interview_owed": "the child was missing, and police have recorded no prevention interview after it",
    "return_interview_recorded": "the outcome of the return interview is recorded",
    "return_interview_owed": (
        "no return interview since it began is recorded, England's law binds the authority, and it was a child when it "
        "was back"
    ),
    "strategy_decision_owed": "under 18 then, and no strategy decision recorded since this absence was reported",
    "decision_on_harm_owed": "the child, under 18, has told of harm, and no strategy decision is recorded since",
    "not_with_family": "not a whole family away together",
    "is_a_child": "under 18, up to the day of the birthday itself, or of unknown age",
    "not_deceased": "no standing statement says that the child died",
    "deceased": "the child was found dead",
    "family_informed": "the owning force has recorded that the family is informed of a death",
}

OWED_BY: Final = "owed_by"
"""In a `[[raise]]` row: whoever owes the duty, who is asked to do it; every other word there is a role."""

ASPECT_AUDIENCE: Final = "everyone_told"
"""In a `[[follow]]` row: every recipient that is entitled by some row."""

ABOUT_ANOTHER: Final = (
    ("ReportCancelled", True), ("ReportCancelled", False), ("CorrectionMade", True), ("MissingAmended", True),
    ("MissingAmended", False),
)  # fmt: skip
"""In `[[unfound]]` rows: messages about an earlier one of their sender, and whether they name it by its id."""
