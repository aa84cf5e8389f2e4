"""Makes the register's entry from the view of an episode, and opens one again.

In clear stands a closed list: episode id, nation, status, sequence, changed_at, key id, and what superseded it. All
else is in six sealed blocks, one a class; `interview`, `protected` and `restricted` never enter the register. Every
entry has the same six blocks, all of one size, padded up a short list of sizes: neither presence nor size of a block
shows that there is something to protect. An agency that stands behind a protected address, and has no other part in the
matter, is named in none of them. The status in clear tells an open search from an ended one and not how it
ended: a death, a protected outcome, a return and a cancellation all read `closed`. Same view, same bytes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag

from hub.entry.class_keys import BlockNotOpened, class_key, opened_block, sealed_block
from hub.entry.episode_facts import shown_phases
from hub.entry.statements import Statement
from hub.entry.view import EpisodeView
from hub.ids import HUB, AgencyId, EpisodeId, KeyId
from hub.signing import length_prefixed
from schemas.codec import SchemaIds, decode, encode
from schemas.errors import UndecodableMessage
from schemas.records import (
    AgencyKind,
    Block,
    ClaimedField,
    DisclosedField,
    Disclosure,
    EpisodeStatus,
    Nation,
    RegisterBlock,
    RegisterEntry,
)

REGISTER_CLASSES: Final = (
    Disclosure.ROUTING,
    Disclosure.IDENTITY,
    Disclosure.DESCRIPTION,
    Disclosure.CIRCUMSTANCES,
    Disclosure.SAFEGUARDING,
    Disclosure.HEALTH,
)
"""The classes that enter the register, in the order of their blocks."""

STATUS_IN_CLEAR: Final[Mapping[EpisodeStatus, EpisodeStatus]] = {
    EpisodeStatus.MISSING: EpisodeStatus.MISSING,
    EpisodeStatus.AWAY: EpisodeStatus.AWAY,
    EpisodeStatus.LOCATED_NOT_RETURNED: EpisodeStatus.LOCATED_NOT_RETURNED,
    EpisodeStatus.RETURN_REPORTED: EpisodeStatus.RETURN_REPORTED,
    EpisodeStatus.SUPERSEDED: EpisodeStatus.SUPERSEDED,
}
"""What is shown in clear; every status that is not listed reads `closed`."""

SIZES: Final = tuple(kibibytes * 1024 for kibibytes in (2, 3, 4, 6, 8, 12, 16, 24, 32))
"""Sizes of a padded block. Six of the largest stay well below the 256 KiB that a message may have."""

CHILD_FIELD: Final = "episode.child"
"""Golden field of the block `identity`: the child's opaque id."""

_LENGTH: Final = 4
_MOST_GOLDEN: Final = 300
_MOST_CLAIMS: Final = 1000
_MOST_DISAGREEMENTS: Final = 100
_LONGEST_VALUE: Final = 8000
_CUT: Final = " […]"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEntry:
    """An entry with those blocks that the keys at hand open; `held` are the classes whose key is not there."""

    entry: RegisterEntry
    blocks: Mapping[Disclosure, RegisterBlock]
    held: frozenset[Disclosure]


def blocks(view: EpisodeView) -> dict[Disclosure, RegisterBlock]:
    """What each block holds, before sealing: all six, those without content included."""
    hidden = view.behind_protection - view.facts.parties.keys()
    claims: dict[Disclosure, list[Statement]] = {disclosure: [] for disclosure in Disclosure}
    for claim in view.claims:
        if claim.sender not in hidden:
            claims[claim.disclosure].append(claim)
    golden: dict[Disclosure, list[DisclosedField]] = {disclosure: [] for disclosure in Disclosure}
    golden[Disclosure.IDENTITY].append(_child(view))
    for known in view.golden:
        golden[known.disclosure].append(_shortened(known.as_record(), hidden))
    return {
        disclosure: _block(view, disclosure, claims[disclosure], golden[disclosure], hidden)
        for disclosure in REGISTER_CLASSES
    }


def seal_entry(view: EpisodeView, child_key: bytes, key_id: KeyId, ids: SchemaIds) -> RegisterEntry:
    """The entry of an episode, sealed under the child's key in the version that `key_id` names.

    Blocks that outgrow the largest size lose their oldest claims first, never a golden field: the agencies' own
    words stay with the hub, and the owner is asked for them.
    """
    bare = RegisterEntry(
        episode_id=view.episode,
        nation=view.facts.nation,
        status=STATUS_IN_CLEAR.get(view.facts.status, EpisodeStatus.CLOSED),
        sequence=view.facts.sequence,
        changed_at=view.facts.changed_at,
        key_id=key_id,
    )
    plain = [_fitting(block, ids) for block in blocks(view).values()]
    size = _size(max(len(content) for content in plain))
    return replace(
        bare,
        blocks=tuple(
            _sealed(bare, disclosure, content, size, child_key)
            for disclosure, content in zip(REGISTER_CLASSES, plain, strict=True)
        ),
    )


def superseded_entry(
    *,
    episode: EpisodeId,
    by: EpisodeId,
    nation: Nation,
    sequence: int,
    changed_at: datetime,
    key_id: KeyId,
) -> RegisterEntry:
    """The entry that an episode leaves behind when another took its place; it holds nothing to open."""
    return RegisterEntry(
        episode_id=episode,
        nation=nation,
        status=EpisodeStatus.SUPERSEDED,
        sequence=sequence,
        changed_at=changed_at,
        key_id=key_id,
        superseded_by=by,
    )


def open_entry(entry: RegisterEntry, class_keys: Mapping[Disclosure, bytes], ids: SchemaIds) -> OpenedEntry:
    """Open every block whose class key is given.

    Raises:
        BlockNotOpened: a block does not open under the key of its class, or does not hold what it should.
    """
    opened: dict[Disclosure, RegisterBlock] = {}
    for block in entry.blocks:
        if (key := class_keys.get(block.disclosure)) is None:
            continue
        try:
            padded = opened_block(key, _context(entry, block.disclosure), block.nonce, block.ciphertext)
            length = int.from_bytes(padded[:_LENGTH])
            content = decode(padded[_LENGTH : _LENGTH + length], ids, RegisterBlock, is_ours=True)
        except (InvalidTag, UndecodableMessage):
            raise BlockNotOpened(entry.episode_id, block.disclosure) from None
        opened[block.disclosure] = content
    held = frozenset(block.disclosure for block in entry.blocks) - opened.keys()
    return OpenedEntry(entry=entry, blocks=opened, held=held)


def class_keys_of(child_key: bytes, episode: EpisodeId, key_id: KeyId) -> dict[Disclosure, bytes]:
    """The keys of all classes that enter the register."""
    return {disclosure: class_key(child_key, episode, key_id, disclosure) for disclosure in REGISTER_CLASSES}


def _child(view: EpisodeView) -> DisclosedField:
    """The child's opaque id, so that those who may know who it is can tell its episodes belong together."""
    return DisclosedField(
        name=CHILD_FIELD,
        disclosure=Disclosure.IDENTITY,
        value=view.facts.child,
        source_kind=AgencyKind.HUB,
        source_agency=HUB,
    )


def _block(
    view: EpisodeView,
    disclosure: Disclosure,
    claims: Iterable[Statement],
    golden: Sequence[DisclosedField],
    hidden: Collection[AgencyId],
) -> RegisterBlock:
    newest_first = sorted(claims, key=lambda c: (c.stated_at, c.order, c.field, c.event), reverse=True)
    differ = [found for found in view.disagreements if found.disclosure is disclosure]
    return RegisterBlock(
        disclosure=disclosure,
        golden=tuple(golden[:_MOST_GOLDEN]),
        claims=tuple(_claimed(claim) for claim in newest_first[:_MOST_CLAIMS]),
        disagreements=tuple(
            found.as_record() for found in differ if not any(side.sender in hidden for side in found.sides)
        )[:_MOST_DISAGREEMENTS],
        phases=shown_phases(view.facts) if disclosure is Disclosure.CIRCUMSTANCES else (),
        duties=view.course.duties_in(disclosure),
        told=view.course.told_in(disclosure),
    )


def _claimed(claim: Statement) -> ClaimedField:
    """A statement as a block carries it. Its claim ties the absences of a child together, as the child's own id does:
    so it stands in the block `identity` alone.
    """
    return ClaimedField(
        agency=claim.sender,
        sender_kind=claim.sender_kind,
        claim_id=claim.claim if claim.disclosure is Disclosure.IDENTITY else None,
        field=claim.field,
        value=_short(claim.value),
        occurred_at=claim.occurred_at,
        recorded_at=claim.recorded_at,
        accepted_at=claim.accepted_at,
        message_id=claim.event,
    )


def _shortened(field: DisclosedField, hidden: Collection[str]) -> DisclosedField:
    """A golden field as a block carries it: cut, and without its source where that leads to a protected address."""
    if field.source_agency in hidden:
        field = replace(field, source_agency=None)
    return field if len(field.value) <= _LONGEST_VALUE else replace(field, value=_short(field.value))


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - len(_CUT)] + _CUT


def _fitting(block: RegisterBlock, ids: SchemaIds) -> bytes:
    """The encoded block, with as many of its newest claims as fit; then disagreements go, then golden fields' tails."""
    room = SIZES[-1] - _LENGTH
    content = encode(block, ids)
    while len(content) > room:
        block = _smaller(block)
        content = encode(block, ids)
    return content


def _smaller(block: RegisterBlock) -> RegisterBlock:
    if block.claims:
        return replace(block, claims=block.claims[: len(block.claims) // 2])
    if block.told:
        return replace(block, told=block.told[len(block.told) // 2 + 1 :])
    if block.disagreements:
        return replace(block, disagreements=block.disagreements[: len(block.disagreements) // 2])
    longest = max(len(field.value) for field in block.golden)
    return replace(
        block,
        golden=tuple(
            replace(field, value=field.value[: longest // 2] + _CUT) if len(field.value) > longest // 2 else field
            for field in block.golden
        ),
    )


def _size(length: int) -> int:
    return next(size for size in SIZES if length + _LENGTH <= size)


def _sealed(entry: RegisterEntry, disclosure: Disclosure, content: bytes, size: int, child_key: bytes) -> Block:
    padded = (len(content).to_bytes(_LENGTH) + content).ljust(size, b"\0")
    key = class_key(child_key, EpisodeId(entry.episode_id), KeyId(entry.key_id), disclosure)
    nonce, ciphertext = sealed_block(key, _context(entry, disclosure), padded)
    return Block(disclosure=disclosure, nonce=nonce, ciphertext=ciphertext)


def _context(entry: RegisterEntry, disclosure: Disclosure) -> bytes:
    """What a block is bound to: it opens in no other entry, version or place."""
    return length_prefixed(
        entry.episode_id.encode(),
        entry.key_id.encode(),
        str(entry.sequence).encode(),
        disclosure.value.encode(),
    )
