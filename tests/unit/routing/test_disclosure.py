"""What is not granted is never disclosed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.entry.golden import GoldenField
from hub.entry.view import EpisodeView
from hub.ids import AgencyId
from hub.routing.disclosure import narrowest, redact
from hub.routing.rules import packaged_rules
from hub.routing.vocabulary import PURPOSES, ROLES
from schemas.records import (
    Address,
    AgencyKind,
    AgreedStatement,
    AllegedRole,
    Answer,
    ChildFound,
    Condition,
    Disclosure,
    FlagKind,
    PlaceKind,
    PreventionInterviewRecorded,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SharingOverride,
)
from tests.unit.entry.told import HOME, LANCASHIRE, MIDNIGHT, ROCHDALE, event, facts, flag, person, report, seen

RULES = packaged_rules()
CLASSES = [disclosure for disclosure in Disclosure if disclosure is not Disclosure.UNKNOWN]


def a_view(golden: list[tuple[str, Disclosure, str]]) -> EpisodeView:
    """A view of these fields: name, class, value."""
    return EpisodeView(
        facts=facts(),
        golden=tuple(
            GoldenField(
                name=name,
                value=value,
                disclosure=disclosure,
                source_kind=AgencyKind.POLICE,
                source_agency=AgencyId("E23000003"),
            )
            for name, disclosure, value in sorted(golden)
        ),
        claims=(),
        disagreements=(),
        areas=frozenset(),
    )


NAMES = st.sampled_from(
    [
        "episode.status", "person.given_names", "person.home.line", "last_seen.place", "risk.grade", "companions",
        "return_interview.child_words", "return_interview.agreed_statements.1.text", "exclusion.reason",
        "found.health_setting", "something.nobody_planned", "prevention_interview.alleged_role",
    ]
)  # fmt: skip


@given(
    fields=st.lists(st.tuples(NAMES, st.sampled_from(CLASSES)), unique=True, max_size=12),
    role=st.sampled_from(sorted(ROLES)) | st.text(max_size=8),
    purpose=st.sampled_from(sorted(PURPOSES)) | st.text(max_size=8),
)
def test_no_canary_of_a_class_that_is_not_granted_is_in_any_string(
    fields: list[tuple[str, Disclosure]], role: str, purpose: str
) -> None:
    view = a_view([(name, disclosure, f"canary-{disclosure}-{name}") for name, disclosure in fields])
    grant = RULES.grant(role, purpose)
    granted = grant.classes if grant else frozenset()
    shown = repr(redact(view, role, purpose, RULES))
    for disclosure in Disclosure:
        if disclosure not in granted:
            assert f"canary-{disclosure}-" not in shown
    assert "canary-interview-return_interview.child_words" not in shown


@given(
    narrowed=st.frozensets(st.sampled_from(CLASSES)),
    key=st.sampled_from(sorted(RULES.grants)),
)
def test_a_row_can_only_narrow_what_the_table_grants(narrowed: frozenset[Disclosure], key: tuple[str, str]) -> None:
    view = a_view([(f"field.of.{disclosure}", disclosure, "x") for disclosure in CLASSES])
    shown = {field.disclosure for field in redact(view, *key, RULES, narrowed)}
    assert shown <= RULES.grants[key].classes & narrowed


def test_a_role_a_purpose_or_a_class_without_a_row_gets_nothing() -> None:
    view = a_view([("episode.status", Disclosure.ROUTING, "missing"), ("odd", Disclosure.UNKNOWN, "x")])
    assert redact(view, "analyst", "find_the_child", RULES) == ()
    assert redact(view, "placement", "care_planning", RULES) == ()
    assert [field.name for field in redact(view, "placement", "find_the_child", RULES)] == ["episode.status"]


def test_where_a_narrower_class_knows_better_the_reader_of_both_reads_that() -> None:
    view = a_view([("found.place", Disclosure.CIRCUMSTANCES, "a street"), ("found.place", Disclosure.HEALTH, "a ward")])
    assert [field.value for field in redact(view, "placement", "find_the_child", RULES)] == ["a street"]
    assert [field.value for field in redact(view, "owning_force", "find_the_child", RULES)] == ["a ward"]


def test_two_redactions_of_one_reader_are_one_with_the_narrowest_of_each_name() -> None:
    view = a_view([("found.place", Disclosure.CIRCUMSTANCES, "a street"), ("found.place", Disclosure.HEALTH, "a ward")])
    both = [*redact(view, "owning_force", "find_the_child", RULES), *redact(view, "placement", "find_the_child", RULES)]
    assert [field.value for field in narrowest(both)] == ["a ward"]


def test_a_companion_is_a_number_and_never_a_name() -> None:
    view = seen(event(1, report(companions=("OLD-77", "CE-12")), HOME))
    for role, purpose in RULES.grants:
        shown = redact(view, role, purpose, RULES)
        assert "OLD-77" not in repr(shown)
    told = {field.name: field.value for field in redact(view, "responsible_authority", "safeguard_the_child", RULES)}
    assert told["companions.number"] == "2"
    assert "companions.number" not in {field.name for field in redact(view, "school", "education_safeguarding", RULES)}


def test_a_ward_is_read_by_those_with_a_duty_to_health_only() -> None:
    found = ChildFound(
        place="Ward 7",
        place_kind=PlaceKind.HOSPITAL,
        health_setting="Leeds General",
        injuries="a wrist",
        seen_by=SeenBy.POLICE,
    )
    view = seen(event(1, report(), HOME), event(2, found, LANCASHIRE))
    readers = {
        role
        for role, purpose in RULES.grants
        if any(w in repr(redact(view, role, purpose, RULES)) for w in ("Ward 7", "wrist"))
    }
    assert readers == {"owning_force", "responsible_authority", "health_desk"}


def test_a_protected_address_is_read_by_named_officers_only() -> None:
    kept = person(home=Address(line="1 Safe Street", area_code="E06000009", protected=True))
    view = seen(event(1, report(person=kept), ROCHDALE))
    readers = {role for role, purpose in RULES.grants if "Safe Street" in repr(redact(view, role, purpose, RULES))}
    assert readers == {"owning_force_named", "named_officers"}


def test_an_agency_behind_a_protected_field_is_not_named() -> None:
    kept = person(flags=(flag(FlagKind.PROTECTED_ADDRESS),))
    view = seen(
        event(1, report(person=kept), AgencyId("refuge")), event(2, RiskAssessed(grade=RiskGrade.HIGH), LANCASHIRE)
    )
    shown = redact(view, "neighbouring_forces", "find_the_child", RULES)
    assert shown
    assert "refuge" not in {field.source_agency for field in shown}


def test_whom_the_child_named_is_read_by_nobody() -> None:
    told = PreventionInterviewRecorded(
        harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER, alleged_agency="agency-x"
    )
    view = seen(event(1, report(), HOME), event(2, told, LANCASHIRE))
    for role, purpose in RULES.grants:
        shown = redact(view, role, purpose, RULES)
        assert not [field for field in shown if "alleged" in field.name]
        assert "agency-x" not in repr(shown)


def test_of_the_childs_words_only_what_it_agreed_to_share_with_that_role_is_read_and_no_longer_than_it_said() -> None:
    interview = ReturnInterviewRecorded(
        child_words="private words",
        agreed_statements=(
            AgreedStatement(text="share with police", share_with=("owning_force",)),
            AgreedStatement(text="share with all", share_with=("all",)),
            AgreedStatement(text="was for a day", share_with=("all",), until=MIDNIGHT - timedelta(days=1)),
            AgreedStatement(text="with nobody"),
        ),
    )
    view = seen(event(1, report(), HOME), event(2, interview, ROCHDALE))
    police = repr(redact(view, "owning_force", "aftercare", RULES))
    authority = repr(redact(view, "responsible_authority", "aftercare", RULES))
    assert "share with police" in police
    assert "share with all" in police
    assert "share with police" not in authority
    assert "share with all" in authority
    for text in ("private words", "was for a day", "with nobody"):
        assert text not in police + authority


def test_what_was_agreed_in_one_interview_opens_nothing_of_another() -> None:
    silent = ReturnInterviewRecorded(agreed_statements=(AgreedStatement(text="with nobody"),))
    open_to_all = ReturnInterviewRecorded(agreed_statements=(AgreedStatement(text="with all", share_with=("all",)),))
    view = seen(event(1, report(), HOME), event(2, silent, ROCHDALE), event(3, open_to_all, HOME))
    assert "with nobody" not in repr(redact(view, "owning_force", "aftercare", RULES))


WHOLE = SharingOverride(decider="head of service", ground="risk to life", child_told_at=MIDNIGHT)


@pytest.mark.parametrize(
    "override, is_shared",
    [(WHOLE, True), (replace(WHOLE, child_told_at=None), False), (replace(WHOLE, ground=""), False), (None, False)],
    ids=["whole", "the child not told", "no ground", "none"],
)
def test_agreement_is_overridden_by_somebody_named_on_a_ground_and_the_child_being_told(
    override: SharingOverride | None, *, is_shared: bool
) -> None:
    interview = ReturnInterviewRecorded(
        child_words="private words",
        agreed_statements=(AgreedStatement(text="with nobody"),),
        sharing_override=override,
    )
    view = seen(event(1, report(), HOME), event(2, interview, ROCHDALE))
    for role in ("owning_force", "responsible_authority"):
        read = repr(redact(view, role, "aftercare", RULES))
        assert ("with nobody" in read) is is_shared
        assert "private words" not in read
        assert "head of service" not in read


def test_a_death_is_read_by_two_roles() -> None:
    view = seen(event(1, report(), HOME), event(2, ChildFound(condition=Condition.DECEASED), LANCASHIRE), sealed_from=2)
    readers = {
        (role, purpose) for role, purpose in RULES.grants if "deceased" in repr(redact(view, role, purpose, RULES))
    }
    assert readers == {("owning_force", "after_a_death"), ("director", "after_a_death")}
