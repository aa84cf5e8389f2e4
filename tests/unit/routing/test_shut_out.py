"""Who may read nothing of an episode, by notice or by the register, and who may read for an agency in its stead."""

import pytest

from hub.entry.view import view
from hub.ids import AgencyId
from hub.routing.case import Case, case_of
from hub.routing.entitlement import entitlements, shut_out
from hub.routing.recipients import Recipients
from schemas.records import (
    AgencyKind,
    AllegedRole,
    Answer,
    ExclusionSet,
    ExclusionState,
    FlagKind,
    MayBeTold,
    PlacementChanged,
    PlacementMove,
    PreventionInterviewRecorded,
    Record,
    Relation,
    Reporter,
)
from tests.unit.entry.told import flag
from tests.unit.routing.world import (
    EVERYBODY,
    HOME,
    LANCASHIRE,
    LEEDS,
    REFERENCE,
    ROCHDALE,
    RULES,
    SCHOOL,
    WARD,
    Night,
    directory_of,
    joined,
    local,
    looked_after,
    person,
    placed,
)

SEEN = local("27 Mar 22:40")
BY_ROLE = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.PROFESSIONAL)
BY_CARER = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER)
SOMEBODY = ExclusionSet(state=ExclusionState.SET, excluded_agency=ROCHDALE, excluded_person="A. Invented")
BY_ONE_OF_THEM = PreventionInterviewRecorded(
    harm_disclosed=Answer.YES, alleged_role=AllegedRole.PROFESSIONAL, alleged_agency=ROCHDALE
)
ALL_OF_THEM = ExclusionSet(state=ExclusionState.SET, excluded_agency=ROCHDALE)
AT_THE_HOME = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, excluded_person="B. Invented")
MOVED = PlacementChanged(
    from_placement=placed(), to_placement=placed(AgencyId("home-hill-top"), LEEDS), move=PlacementMove.PLANNED,
    started_at=local("28 Mar 00:30"),
)  # fmt: skip


def night_with(said: Record, sender: AgencyId = ROCHDALE) -> tuple[Night, Case, Recipients]:
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    night.hears("28 Mar 01:00", sender, said)
    state = night.state
    (episode,) = state.episodes
    case = case_of(state, episode, view(state, episode))
    return night, case, Recipients(case, EVERYBODY, REFERENCE)


@pytest.mark.parametrize(
    "said, shut",
    [
        (BY_ROLE, HOME),
        (BY_CARER, HOME),
        (AT_THE_HOME, HOME),
        (SOMEBODY, ROCHDALE),
        (BY_ONE_OF_THEM, ROCHDALE),
        (MOVED, HOME),
    ],
    ids=["by role", "carer", "somebody of a home", "somebody of an authority", "told of one", "a home that was left"],
)
def test_what_notices_do_not_tell_the_register_does_not_open(said: Record, shut: AgencyId) -> None:
    _, case, recipients = night_with(said)
    assert shut in shut_out(case, recipients)


BY_PARENT = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.PARENT)
ON_A_PARENTS_WORD = Reporter(relation=Relation.PARENT, may_be_told=MayBeTold.FULL)


@pytest.mark.parametrize("agency, is_shut", [(WARD, True), (HOME, False), (LEEDS, False)])
def test_the_register_opens_nothing_to_who_reported_on_an_excluded_parents_word_alone(
    agency: AgencyId,
    is_shut: bool,  # noqa: FBT001 - a row of the table
) -> None:
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    night.hears("27 Mar 23:20", agency, looked_after(SEEN, reporter=ON_A_PARENTS_WORD))
    night.hears("28 Mar 01:00", LANCASHIRE, BY_PARENT)
    state = night.state
    (episode,) = state.episodes
    case = case_of(state, episode, view(state, episode))
    assert (agency in shut_out(case, Recipients(case, EVERYBODY, REFERENCE))) is is_shut


def test_a_lifted_exclusion_shuts_nobody_out() -> None:
    night, _, _ = night_with(SOMEBODY)
    night.hears("28 Mar 02:00", ROCHDALE, ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=ROCHDALE))
    state = night.state
    (episode,) = state.episodes
    case = case_of(state, episode, view(state, episode))
    assert shut_out(case, Recipients(case, EVERYBODY, REFERENCE)) == frozenset()


@pytest.mark.parametrize("said", [SOMEBODY, BY_ONE_OF_THEM], ids=["decided", "told by the child"])
def test_for_somebody_of_an_authority_its_named_officers_read_all_that_its_desks_would_have(said: Record) -> None:
    _, case, recipients = night_with(said, LANCASHIRE)
    entitled = entitlements(case, recipients, RULES, EVERYBODY)
    assert {desk for agency, desk in entitled.seats if agency == ROCHDALE} == {"named_officers"}
    assert entitled.is_shut_out((ROCHDALE, "duty"))
    assert not entitled.is_shut_out((ROCHDALE, "named_officers"))


def test_when_a_whole_authority_is_excluded_after_the_child_told_of_one_its_named_officers_read_no_more() -> None:
    night, _, _ = night_with(BY_ONE_OF_THEM, LANCASHIRE)
    told = night.hears("28 Mar 02:00", LANCASHIRE, ALL_OF_THEM)
    stood_down = RULES.words["fixed"]["stood_down"]
    assert [(one.desk, one.what_happened) for one in told if one.recipient == ROCHDALE] == [
        ("named_officers", stood_down)
    ]
    back = ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=ROCHDALE)
    assert ROCHDALE in {one.recipient for one in night.hears("28 Mar 03:00", LANCASHIRE, back)}


def test_of_a_home_that_employs_the_excluded_nobody_reads() -> None:
    night, _, _ = night_with(AT_THE_HOME)
    assert [one.what_happened for one in night.told(HOME)][-1:] == [RULES.words["fixed"]["stood_down"]]
    assert {one.desk for one in night.told(HOME)} == {"duty"}


def test_a_link_to_staff_that_its_sender_takes_back_leaves_the_desks_as_they_were() -> None:
    night = Night()
    linked = person(flags=(flag(FlagKind.STAFF_LINKED),))
    night.hears("27 Mar 23:10", SCHOOL, looked_after(SEEN, person=linked))
    no_longer = person(flags=(flag(FlagKind.STAFF_LINKED, Answer.NO),))
    for said, desk in ((linked, "named_officers"), (no_longer, "duty")):
        night.hears("28 Mar 01:00", ROCHDALE, looked_after(SEEN, person=said))
        state = night.state
        (episode,) = state.episodes
        case = case_of(state, episode, view(state, episode))
        entitled = entitlements(case, Recipients(case, EVERYBODY, REFERENCE), RULES, EVERYBODY)
        assert (ROCHDALE, desk) in entitled.seats


def test_nobody_but_the_force_itself_is_the_force_of_an_area() -> None:
    """Not even where the directory lists police with its code, and the force itself has not joined."""
    _, case, _ = night_with(MOVED)
    posing = joined(AgencyId("moss-y"), kind=AgencyKind.POLICE, force_code=LANCASHIRE)
    known = directory_of(ROCHDALE, HOME).with_entry(posing)
    assert Recipients(case, known, REFERENCE).of("force_where_last_seen") == (LANCASHIRE,)
