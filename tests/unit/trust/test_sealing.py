"""Sealing to a recipient, at rest and the signing input: what opens, and what never does."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ids import ChildId, EventId
from hub.records_at_rest import RecordNotOpened, event_context, open_at_rest, open_row, seal_at_rest, seal_row
from hub.sealing import (
    OpeningKeys,
    SealingSuite,
    SealNotOpened,
    UnusableSealingKey,
    derived_salt,
    new_private_key,
    open_sealed,
    public_key,
    salted,
    seal,
    unsalted,
)
from hub.signing import Domain, length_prefixed, signing_input, verifies
from tests.searching import examples
from tests.unit.trust.world import BOARD, private_key

CHILD_KEY = bytes(range(32))
SUITES = list(SealingSuite)
KEYS = OpeningKeys.of({suite.name: private_key("somebody", suite) for suite in SUITES})
PUBLIC = {suite: public_key(private_key("somebody", suite)) for suite in SUITES}


@settings(max_examples=examples(25), deadline=None)
@given(st.binary(max_size=200), st.sampled_from(SUITES), st.binary(max_size=40))
def test_what_is_sealed_opens_to_the_same(plaintext: bytes, suite: SealingSuite, info: bytes) -> None:
    sealed = seal(plaintext, PUBLIC[suite], info, suite)
    assert sealed[0] == suite
    assert open_sealed(sealed, KEYS, info) == plaintext


@pytest.mark.parametrize("suite", SUITES)
def test_a_seal_opens_only_whole_for_its_context_and_with_its_key(suite: SealingSuite) -> None:
    sealed = seal(b"words", PUBLIC[suite], b"info", suite)
    other = OpeningKeys.of({"other": private_key("somebody else", suite)})
    for broken in (b"", sealed[:1], sealed[:9], sealed[:-1], sealed + b"\0", bytes([9]) + sealed[1:]):
        with pytest.raises(SealNotOpened):
            open_sealed(broken, KEYS, b"info")
    with pytest.raises(SealNotOpened):
        open_sealed(sealed, KEYS, b"other")
    with pytest.raises(SealNotOpened):
        open_sealed(sealed, other, b"info")


@given(st.binary(max_size=80))
def test_no_bytes_whatever_open_by_chance(sealed: bytes) -> None:
    with pytest.raises(SealNotOpened):
        open_sealed(sealed, KEYS, b"")


@pytest.mark.parametrize("public, suite", [(b"", 1), (bytes(31), 1), (bytes(32), 2), (PUBLIC[SealingSuite.X25519], 7)])
def test_what_is_no_sealing_key_is_refused(public: bytes, suite: int) -> None:
    with pytest.raises(UnusableSealingKey):
        seal(b"", public, b"", suite)


@pytest.mark.parametrize("kept", [b"", bytes(33), b"\x01" + bytes(31), b"\x07" + bytes(32)])
def test_what_is_no_private_key_is_refused(kept: bytes) -> None:
    with pytest.raises(UnusableSealingKey):
        OpeningKeys.of({"k": kept})


def test_a_private_key_is_made_of_32_random_bytes() -> None:
    with pytest.raises(UnusableSealingKey):
        new_private_key(SealingSuite.X_WING, b"short")


def test_keys_do_not_show_in_what_is_printed() -> None:
    assert "private_key" not in repr(BOARD)
    assert "by_tag" not in repr(KEYS)


def test_a_salt_stands_before_the_record() -> None:
    assert unsalted(salted(b"record", bytes(16))) == b"record"
    with pytest.raises(ValueError, match="16"):
        salted(b"record", b"short")


def test_the_salt_of_an_output_depends_on_secret_id_and_recipient() -> None:
    salts = {derived_salt(secret, name, who) for secret in (b"a", b"b") for name in "12" for who in "xy"}
    assert len(salts) == 8
    assert derived_salt(b"a", "12", "3") != derived_salt(b"a", "1", "23")


@given(st.binary(max_size=200), st.text(max_size=10), st.text(max_size=10))
def test_a_record_at_rest_is_the_same_bytes_each_time_and_belongs_to_one_place(
    plaintext: bytes, child: str, event: str
) -> None:
    context = event_context("events", ChildId(child), EventId(event))
    sealed = seal_at_rest(plaintext, CHILD_KEY, context)
    assert sealed == seal_at_rest(plaintext, CHILD_KEY, context)
    assert open_at_rest(sealed, CHILD_KEY, context) == plaintext
    elsewhere = event_context("events", ChildId(child + "x"), EventId(event))
    for key, place in ((CHILD_KEY, elsewhere), (bytes(32), context)):
        with pytest.raises(RecordNotOpened):
            open_at_rest(sealed, key, place)


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x02" + bytes(40), bytes(40)])
def test_what_is_no_record_at_rest_does_not_open(broken: bytes) -> None:
    with pytest.raises(RecordNotOpened):
        open_at_rest(broken, CHILD_KEY, b"")


@pytest.mark.parametrize("format_byte", [b"\x00", b"\x02", b"\xff"])
def test_a_record_that_says_it_is_of_another_format_does_not_open(format_byte: bytes) -> None:
    """Sound but for that byte, which is under no tag: a later format is never read as this one."""
    context = event_context("events", ChildId("c-1"), EventId("e-1"))
    sealed = seal_at_rest(b"an event", CHILD_KEY, context)
    assert open_at_rest(sealed, CHILD_KEY, context) == b"an event"
    with pytest.raises(RecordNotOpened):
        open_at_rest(format_byte + sealed[1:], CHILD_KEY, context)


def test_a_row_belongs_to_its_key_and_is_no_event() -> None:
    sealed = seal_row(b"row", CHILD_KEY, b"id/1")
    assert open_row(sealed, CHILD_KEY, b"id/1") == b"row"
    with pytest.raises(RecordNotOpened):
        open_row(sealed, CHILD_KEY, b"id/2")


parts = st.lists(st.binary(max_size=6), max_size=5)


@given(parts, parts)
def test_two_lists_of_parts_never_give_the_same_bytes(first: list[bytes], second: list[bytes]) -> None:
    assert (length_prefixed(*first) == length_prefixed(*second)) == (first == second)


messages = st.tuples(
    st.sampled_from(list(Domain)),
    st.text(max_size=4),
    st.binary(max_size=4),
    st.dictionaries(st.text(max_size=3), st.binary(max_size=3), max_size=3),
    st.text(max_size=4),
    st.binary(max_size=4),
)


@given(messages, messages)
def test_two_messages_never_share_a_signing_input(first: tuple, second: tuple) -> None:  # type: ignore[type-arg]
    inputs = [
        signing_input(domain, topic, key, list(headers.items()), content, digest)
        for domain, topic, key, headers, content, digest in (first, second)
    ]
    assert (inputs[0] == inputs[1]) == (first == second)


def test_a_signature_is_of_these_bytes_under_this_key() -> None:
    signature = BOARD.sign(b"words")
    assert verifies(BOARD.public_key, signature, b"words")
    assert not verifies(BOARD.public_key, signature, b"word")
    assert not verifies(BOARD.public_key, signature[:-1], b"words")
    assert not verifies(b"no key", signature, b"words")
    assert not verifies(replace(BOARD).public_key[::-1], signature, b"words")
