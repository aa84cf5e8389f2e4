"""Who is who, at a given time; and what must not replace what is known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.directory import KEY_HISTORY, Directory, DirectoryEntryRefused, KeyStanding
from hub.ids import HUB, AgencyId
from hub.sealing import SealingSuite
from schemas.records import AgencyKind, DirectoryEntry, Disclosure, DutyRow, Grant
from tests.unit.trust.world import (
    BOARD,
    DIRECTORY,
    HUB_ENTRY,
    NOW,
    POLICE,
    ROCHDALE,
    ROCHDALE_ENTRY,
    WORKER,
    YESTERDAY,
    directory_with,
    listed,
    sealing,
    signer,
)

SECOND = timedelta(seconds=1)
NEXT = replace(ROCHDALE_ENTRY, version=2)


def known(entry: DirectoryEntry = ROCHDALE_ENTRY) -> Directory:
    return Directory.empty().with_entry(entry)


@given(st.permutations([replace(ROCHDALE_ENTRY, version=version) for version in (1, 2, 3, 4)]))
def test_the_newest_entry_stands_whatever_the_order(entries: list[DirectoryEntry]) -> None:
    directory = Directory.empty()
    for entry in entries:
        before = directory.version
        try:
            directory = directory.with_entry(entry)
        except DirectoryEntryRefused:
            continue
        assert directory.version >= before
    assert directory.agency(ROCHDALE) == entries[[entry.version for entry in entries].index(4)]


def test_the_same_entry_again_changes_nothing() -> None:
    directory = known()
    assert directory.with_entry(replace(ROCHDALE_ENTRY)) is directory


@pytest.mark.parametrize(
    "before, after, rule",
    [
        (NEXT, ROCHDALE_ENTRY, "older"),
        (ROCHDALE_ENTRY, replace(ROCHDALE_ENTRY, connected=False), "other content"),
        (ROCHDALE_ENTRY, replace(NEXT, signing_keys=()), "no longer listed"),
        (
            ROCHDALE_ENTRY,
            replace(NEXT, signing_keys=(listed(replace(signer("x"), key_id=BOARD.key_id)),)),
            "names another key",
        ),
        (ROCHDALE_ENTRY, replace(NEXT, signing_keys=(listed(BOARD), listed(BOARD))), "one id"),
    ],
)
def test_a_rollback_is_refused_and_says_what_to_do(before: DirectoryEntry, after: DirectoryEntry, rule: str) -> None:
    directory = known(before)
    with pytest.raises(DirectoryEntryRefused, match=rule) as refused:
        directory.with_entry(after)
    assert refused.value.remedy
    assert directory.agency(ROCHDALE) == before


def test_a_key_may_be_forgotten_when_its_history_has_ended() -> None:
    ended = replace(ROCHDALE_ENTRY, signing_keys=(listed(BOARD, valid_until=NOW),))
    fresh = replace(NEXT, signing_keys=(listed(signer("new")),))
    with pytest.raises(DirectoryEntryRefused):
        known(ended).with_entry(replace(fresh, valid_from=NOW + KEY_HISTORY - SECOND))
    later = known(ended).with_entry(replace(fresh, valid_from=NOW + KEY_HISTORY))
    assert later.key_at(ROCHDALE, BOARD.key_id, NOW) is KeyStanding.UNKNOWN


def test_a_key_of_the_hub_is_never_forgotten() -> None:
    ended = replace(HUB_ENTRY, signing_keys=(listed(WORKER, valid_until=NOW),))
    later = replace(HUB_ENTRY, version=2, valid_from=NOW + 10 * KEY_HISTORY, signing_keys=(listed(signer("new")),))
    with pytest.raises(DirectoryEntryRefused, match="no longer listed"):
        known(ended).with_entry(later)


@pytest.mark.parametrize(
    "when, standing",
    [
        (YESTERDAY - SECOND, KeyStanding.NOT_YET_VALID),
        (YESTERDAY, KeyStanding.VALID),
        (NOW - SECOND, KeyStanding.VALID),
        (NOW, KeyStanding.REVOKED),
        (NOW + 2 * SECOND, KeyStanding.REVOKED),
    ],
)
def test_a_key_is_worth_what_it_was_worth_then(when: datetime, standing: KeyStanding) -> None:
    key = listed(BOARD, revoked_at=NOW, valid_until=NOW + SECOND)
    assert directory_with(signing_keys=(key,)).key_at(ROCHDALE, BOARD.key_id, when) is standing


def test_a_key_belongs_to_one_agency() -> None:
    assert DIRECTORY.key_at(POLICE, BOARD.key_id, NOW) is KeyStanding.UNKNOWN
    assert DIRECTORY.key_at(AgencyId("nobody"), BOARD.key_id, NOW) is KeyStanding.UNKNOWN
    assert DIRECTORY.signing_key(POLICE, BOARD.key_id) is None


def test_what_is_sealed_goes_to_the_key_that_began_last() -> None:
    old, new = sealing("old"), sealing("new", SealingSuite.X_WING, valid_from=NOW)
    directory = directory_with(sealing_keys=(new, old))
    assert directory.sealing_key(ROCHDALE, NOW) == new
    assert directory.sealing_key(ROCHDALE, NOW - SECOND) == old
    revoked = replace(new, revoked_at=NOW)
    assert directory_with(sealing_keys=(revoked, old)).sealing_key(ROCHDALE, NOW) == old


def test_a_sealing_key_of_a_suite_unknown_here_is_passed_over() -> None:
    assert directory_with(sealing_keys=(replace(sealing("x"), suite=99),)).sealing_key(ROCHDALE, NOW) is None


@pytest.mark.parametrize(
    "fields", [{"connected": False}, {"approved": False}, {"sealing_keys": ()}, {"valid_until": NOW}]
)
def test_an_agency_without_all_that_delivery_needs_is_not_connected(fields: dict[str, object]) -> None:
    assert directory_with().is_connected(ROCHDALE, NOW)
    assert not directory_with(**fields).is_connected(ROCHDALE, NOW)


def test_an_out_of_hours_team_is_on_duty_for_those_it_acts_for() -> None:
    own = DutyRow(role="duty_social_worker", hours_from="09:00", hours_to="17:00", calendar="england")
    night = replace(own, hours_from="17:00", hours_to="09:00", acts_for=(ROCHDALE,))
    team = replace(ROCHDALE_ENTRY, agency_id="night-team", duty=(night,))
    directory = directory_with(duty=(own,)).with_entry(team)
    assert directory.duty(ROCHDALE, "duty_social_worker") == (own, night)
    assert directory.duty(ROCHDALE, "director") == ()
    assert directory.acting_for(ROCHDALE) == ("night-team",)


def test_a_grant_holds_while_it_and_its_agency_are_valid() -> None:
    grant = Grant(
        grant_id="g", classes=(Disclosure.ROUTING,), purpose="safeguarding", valid_from=YESTERDAY, valid_until=NOW
    )
    directory = directory_with(grants=(grant,))
    assert directory.grants(NOW - SECOND) == ((ROCHDALE, grant),)
    assert directory.grants(NOW) == ()
    assert directory_with(grants=(grant,), approved=False).grants(NOW - SECOND) == ()


def test_agencies_are_found_by_area_and_role() -> None:
    directory = directory_with(areas=(ROCHDALE,), roles=("host",))
    assert [entry.agency_id for entry in directory.serving(ROCHDALE, AgencyKind.AUTHORITY)] == [ROCHDALE]
    assert directory.serving(ROCHDALE, AgencyKind.POLICE) == ()
    assert [entry.agency_id for entry in directory.with_role("host")] == [ROCHDALE]
    assert HUB not in {entry.agency_id for entry in directory.agencies()}
    assert directory.kind(AgencyId("nobody")) is AgencyKind.UNKNOWN


def test_a_revoked_key_never_comes_back() -> None:
    known = directory_with(signing_keys=(listed(BOARD, revoked_at=NOW),))
    entry = known.agency(ROCHDALE)
    assert entry is not None
    for said in (None, NOW + SECOND):
        again = replace(entry, signing_keys=(listed(BOARD, revoked_at=said),), version=entry.version + 1)
        with pytest.raises(DirectoryEntryRefused, match="revoked signing key"):
            known.with_entry(again)
    earlier = replace(entry, signing_keys=(listed(BOARD, revoked_at=NOW - SECOND),), version=entry.version + 1)
    assert known.with_entry(earlier).key_at(ROCHDALE, BOARD.key_id, NOW - SECOND) is KeyStanding.REVOKED
