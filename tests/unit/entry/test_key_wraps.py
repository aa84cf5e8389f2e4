"""Who gets which keys."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.directory import Directory
from hub.entry.key_wraps import ceilings, openable, opened_wrap, record_key, sealing_keys, wraps
from hub.entry.register_entry import REGISTER_CLASSES, class_keys_of
from hub.ids import AgencyId, KeyId
from hub.sealing import OpeningKeys, SealingSuite, new_private_key, public_key
from schemas.records import AgencyKind, DirectoryEntry, Disclosure, Grant, SealingKey
from tests.unit.entry.told import EPISODE, KINDS, LANCASHIRE, ROCHDALE, at, event, report, seen

KEY_ID = KeyId("a-random-key-id")
CHILD_KEY = bytes(range(32))
NOW = at(60)
PRIVATE = {agency: new_private_key(SealingSuite.X25519, bytes([n]) * 32) for n, agency in enumerate(KINDS, 1)}
HERE, ELSEWHERE = "E08000005", "E06000001"
VIEW = seen(event(1, report()), parties={ROCHDALE: frozenset({"responsible"}), LANCASHIRE: frozenset({"owning_force"})})


def grant(*classes: Disclosure, areas: tuple[str, ...] = (HERE,), until: int | None = None) -> Grant:
    return Grant(
        grant_id="g1",
        classes=classes,
        areas=areas,
        purpose="safeguarding",
        valid_from=at(0),
        valid_until=None if until is None else at(until),
    )


def entry(agency: AgencyId, *grants: Grant, approved: bool = True) -> DirectoryEntry:
    return DirectoryEntry(
        agency_id=agency,
        name=agency,
        official_name=agency,
        kind=KINDS[agency],
        approved=approved,
        connected=True,
        sealing_keys=(SealingKey(key_id="s1", suite=1, public_key=public_key(PRIVATE[agency]), valid_from=at(0)),),
        grants=grants,
        version=1,
        valid_from=at(0),
    )


def directory(*entries: DirectoryEntry) -> Directory:
    known = Directory.empty()
    for one in entries:
        known = known.with_entry(one)
    return known


def test_a_subscriber_opens_what_its_grant_names_and_nothing_else() -> None:
    known = directory(entry(ROCHDALE, grant(Disclosure.ROUTING, Disclosure.IDENTITY)))
    allowed = openable(VIEW, known, NOW)
    (wrap,) = wraps(EPISODE, KEY_ID, CHILD_KEY, allowed, sealing_keys(known, allowed.keys(), NOW))
    keys = class_keys_of(CHILD_KEY, EPISODE, KEY_ID)
    assert opened_wrap(wrap, OpeningKeys.of({"s1": PRIVATE[ROCHDALE]})) == {
        disclosure: keys[disclosure] for disclosure in (Disclosure.ROUTING, Disclosure.IDENTITY)
    }
    assert opened_wrap(wrap, OpeningKeys.of({"s1": PRIVATE[LANCASHIRE]})) == {}
    assert record_key(wrap) == b"a-random-key-id/E08000005"


def test_a_grant_of_another_area_an_ended_grant_and_an_unapproved_agency_open_nothing() -> None:
    for one in (
        entry(ROCHDALE, grant(*REGISTER_CLASSES, areas=(ELSEWHERE,))),
        entry(ROCHDALE, grant(*REGISTER_CLASSES, areas=())),
        entry(ROCHDALE, grant(*REGISTER_CLASSES, until=59)),
        entry(ROCHDALE, grant(*REGISTER_CLASSES), approved=False),
    ):
        assert openable(VIEW, directory(one), NOW) == {}


def test_an_excluded_agency_opens_nothing_whatever_its_grant() -> None:
    known = directory(entry(ROCHDALE, grant(*REGISTER_CLASSES)))
    assert openable(VIEW, known, NOW, excluded=frozenset({ROCHDALE})) == {}


def test_the_role_in_the_episode_limits_what_a_grant_opens() -> None:
    known = directory(entry(LANCASHIRE, grant(*REGISTER_CLASSES)))
    assert openable(VIEW, known, NOW)[LANCASHIRE] == frozenset(REGISTER_CLASSES)
    searching = seen(event(1, report()))
    assert Disclosure.SAFEGUARDING not in openable(searching, known, NOW)[LANCASHIRE]


def test_a_class_that_never_enters_the_register_is_never_wrapped() -> None:
    secret = (Disclosure.PROTECTED, Disclosure.INTERVIEW, Disclosure.RESTRICTED)
    known = directory(entry(ROCHDALE, grant(*secret)))
    assert openable(VIEW, known, NOW) == {}
    assert not frozenset(secret) & frozenset().union(*ceilings().rows.values())


def test_a_kind_without_a_row_has_nothing() -> None:
    assert ceilings().classes(AgencyKind.UNKNOWN, frozenset({"responsible"})) == frozenset()


@given(
    st.frozensets(st.sampled_from(list(Disclosure))),
    st.frozensets(st.sampled_from([HERE, ELSEWHERE])),
    st.sampled_from(sorted(KINDS)),
    st.booleans(),
)
def test_no_key_is_wrapped_that_a_valid_grant_did_not_give(
    classes: frozenset[Disclosure],
    areas: frozenset[str],
    agency: AgencyId,
    ended: bool,  # noqa: FBT001
) -> None:
    given_ = Grant(
        grant_id="g",
        classes=tuple(sorted(classes)),
        areas=tuple(sorted(areas)),
        purpose="p",
        valid_from=at(0),
        valid_until=NOW - timedelta(minutes=1) if ended else None,
    )
    allowed = openable(VIEW, directory(entry(agency, given_)), NOW)
    if ended or HERE not in areas:
        assert allowed == {}
    assert allowed.get(agency, frozenset()) <= classes & frozenset(REGISTER_CLASSES)
