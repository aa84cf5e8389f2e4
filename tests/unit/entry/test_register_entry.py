"""The entry that everybody with a grant can see, and what it must not show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.entry.class_keys import BlockNotOpened, class_key
from hub.entry.register_entry import (
    REGISTER_CLASSES,
    SIZES,
    blocks,
    class_keys_of,
    open_entry,
    seal_entry,
    superseded_entry,
)
from hub.entry.view import EpisodeView
from hub.ids import EpisodeId, KeyId, derived_id
from schemas.codec import SchemaIds, encode
from schemas.records import (
    Address,
    ChildFound,
    Condition,
    Disclosure,
    EpisodeStatus,
    FlagKind,
    LastSeen,
    MissingReported,
    Nation,
    RegisterBlock,
    RegisterEntry,
    ReturnInterviewRecorded,
)
from tests.unit.entry.told import (
    EPISODE,
    HOME,
    LANCASHIRE,
    ROCHDALE,
    WEST_YORKSHIRE,
    at,
    event,
    flag,
    person,
    report,
    seen,
)

IDS = SchemaIds.local()
CHILD_KEY = bytes(range(32))
KEY_ID = KeyId("a-random-key-id")
LARGEST_MESSAGE = 256 * 1024


def sealed(view: EpisodeView, key_id: KeyId = KEY_ID) -> RegisterEntry:
    return seal_entry(view, CHILD_KEY, key_id, IDS)


def opened(entry: RegisterEntry) -> dict[Disclosure, RegisterBlock]:
    keys = class_keys_of(CHILD_KEY, EpisodeId(entry.episode_id), KeyId(entry.key_id))
    return dict(open_entry(entry, keys, IDS).blocks)


def test_what_was_sealed_is_what_is_opened() -> None:
    view = seen(event(1, report()), event(2, report(person=person(family_name="Wren")), LANCASHIRE))
    assert opened(sealed(view)) == blocks(view)


def test_each_block_holds_what_agencies_say_what_stands_and_where_they_differ() -> None:
    view = seen(event(1, report()), event(2, report(person=person(family_name="Wren")), LANCASHIRE))
    identity = opened(sealed(view))[Disclosure.IDENTITY]
    assert {field.value for field in identity.golden if field.name == "person.family_name"} == {"Lark"}
    assert {claim.value for claim in identity.claims if claim.field == "person.family_name"} == {"Lark", "Wren"}
    assert [found.field for found in identity.disagreements] == ["person.family_name"]


def test_a_claim_is_named_where_a_reader_may_know_the_child_and_nowhere_else() -> None:
    known = blocks(seen(event(1, report()), event(2, report(), LANCASHIRE)))
    named = {of: {said.claim_id for said in block.claims} for of, block in known.items() if block.claims}
    assert named.pop(Disclosure.IDENTITY) == {f"claim-{agency}" for agency in (ROCHDALE, LANCASHIRE)}
    assert set().union(*named.values()) == {None}, "what would tie absences together for a reader without identity"


def test_the_same_view_gives_the_same_bytes() -> None:
    one, two = event(1, report()), event(2, report(), LANCASHIRE)
    assert encode(sealed(seen(one, two)), IDS) == encode(sealed(seen(two, one, two)), IDS)


def test_every_entry_has_the_same_six_blocks_of_one_size() -> None:
    for view in (seen(), seen(event(1, report())), seen(event(1, MissingReported(circumstances="x" * 6000)))):
        entry = sealed(view)
        assert tuple(block.disclosure for block in entry.blocks) == REGISTER_CLASSES
        assert len({len(block.ciphertext) for block in entry.blocks}) == 1


def test_what_never_enters_the_register_is_in_no_block() -> None:
    hidden = person(
        placement_address=Address(line="canary-1"),
        home=Address(line="canary-2", protected=True),
        flags=(flag(FlagKind.PROTECTED_ADDRESS),),
    )
    view = seen(
        event(1, report(person=hidden, last_seen=LastSeen(place="canary-3"))),
        event(2, ReturnInterviewRecorded(child_words="canary-4")),
        event(3, ChildFound(condition=Condition.DECEASED, circumstances="canary-5"), LANCASHIRE),
    )
    assert {claim.value for claim in view.claims} >= {f"canary-{number}" for number in range(1, 6)}
    plaintext = b"".join(encode(block, IDS) for block in opened(sealed(view)).values())
    assert b"canary" not in plaintext


@given(st.sampled_from([HOME, LANCASHIRE]), st.text(max_size=500))
def test_what_is_sealed_away_changes_neither_bytes_nor_sizes(sender: str, words: str) -> None:
    """With and without a secret, for one sequence and key id, the entry is the same to the last byte."""
    secret = event(2, ReturnInterviewRecorded(child_words=words), HOME if sender == HOME else LANCASHIRE)
    assert sealed(seen(event(1, report()), secret)) == sealed(seen(event(1, report())))


@pytest.mark.parametrize("status", list(EpisodeStatus))
def test_the_status_in_clear_never_says_how_it_ended(status: EpisodeStatus) -> None:
    still_open = {
        EpisodeStatus.MISSING,
        EpisodeStatus.AWAY,
        EpisodeStatus.LOCATED_NOT_RETURNED,
        EpisodeStatus.RETURN_REPORTED,
    }
    shown = sealed(seen(status=status)).status
    assert shown is (status if status in still_open | {EpisodeStatus.SUPERSEDED} else EpisodeStatus.CLOSED)


def test_a_block_opens_under_no_other_key_version_sequence_or_class() -> None:
    entry = sealed(seen(event(1, report())))
    keys = class_keys_of(CHILD_KEY, EPISODE, KEY_ID)
    elsewhere = [
        (entry, class_keys_of(CHILD_KEY, EPISODE, KeyId("the next version"))),
        (entry, class_keys_of(bytes(32), EPISODE, KEY_ID)),
        (entry, class_keys_of(CHILD_KEY, EpisodeId(derived_id("other", "episode")), KEY_ID)),
        (entry, {Disclosure.IDENTITY: keys[Disclosure.ROUTING]}),
        (sealed(seen(event(1, report()), sequence=4)), keys),
    ]
    for where, with_keys in elsewhere[:4]:
        with pytest.raises(BlockNotOpened):
            open_entry(where, with_keys, IDS)
    swapped = RegisterEntry(
        episode_id=entry.episode_id,
        sequence=entry.sequence + 1,
        changed_at=entry.changed_at,
        key_id=entry.key_id,
        blocks=entry.blocks,
    )
    with pytest.raises(BlockNotOpened):
        open_entry(swapped, keys, IDS)


def test_a_class_without_a_key_stays_closed_and_is_named() -> None:
    entry = sealed(seen(event(1, report())))
    some = {Disclosure.ROUTING: class_key(CHILD_KEY, EPISODE, KEY_ID, Disclosure.ROUTING)}
    result = open_entry(entry, some, IDS)
    assert set(result.blocks) == {Disclosure.ROUTING}
    assert result.held == set(REGISTER_CLASSES) - {Disclosure.ROUTING}


def test_an_entry_fits_a_message_however_much_is_said() -> None:
    """The oldest claims go first; what stands is kept."""
    much = [
        event(n, report(circumstances="x" * 5990 + str(n), person=person(description="y" * 1990)), claim=f"{n:03}")
        for n in range(1, 40)
    ]
    entry = sealed(seen(*much))
    assert len(encode(entry, IDS)) < LARGEST_MESSAGE
    assert len(entry.blocks[0].ciphertext) == SIZES[-1] + 16
    told = opened(entry)[Disclosure.CIRCUMSTANCES]
    assert [field.value[-2:] for field in told.golden if field.name == "circumstances"] == ["39"]
    assert {claim.accepted_at for claim in told.claims} < {at(n) for n in range(20, 40)}


def test_a_superseded_entry_points_to_the_episode_that_took_its_place() -> None:
    entry = superseded_entry(
        episode=EPISODE,
        by=EpisodeId(derived_id("first", "episode")),
        nation=Nation.ENGLAND,
        sequence=9,
        changed_at=at(9),
        key_id=KEY_ID,
    )
    assert (entry.status, entry.blocks) == (EpisodeStatus.SUPERSEDED, ())
    assert encode(entry, IDS)


def test_who_found_a_child_at_a_safe_address_is_named_in_no_block_unless_it_has_a_part_in_the_matter() -> None:
    found = ChildFound(
        found_at=at(5),
        area_code="E06000023",
        address=Address(line="1 Invented Haven", area_code="E06000023", protected=True),
    )
    seen_later = report(last_seen=LastSeen(at=at(2), area_code="E06000009"))
    for parts, is_named in ({}, False), ({WEST_YORKSHIRE: frozenset({"owning_force"})}, True):
        view = seen(
            event(1, report()),
            event(2, seen_later, LANCASHIRE),
            event(3, found, WEST_YORKSHIRE),
            event(4, report(), WEST_YORKSHIRE),
            parties=parts,
        )
        said = opened(sealed(view)).values()
        named: set[str | None] = {claim.agency for block in said for claim in block.claims}
        named |= {field.source_agency for block in said for field in block.golden}
        named |= {side.agency for block in said for one in block.disagreements for side in one.sides}
        assert (WEST_YORKSHIRE in named) is is_named
        assert LANCASHIRE in named
