"""One line of the register as a program reads it: what stands in clear, and what its grant opens of the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.entry.protection import CONFIDENTIALITY
from hub.entry.register_entry import CHILD_FIELD
from hub.ids import EpisodeId
from schemas.records import (
    ClaimedField,
    Disagreement,
    DisclosedField,
    Disclosure,
    DutyState,
    EpisodeStatus,
    Nation,
    Phase,
    RegisterBlock,
    RegisterEntry,
    ToldSummary,
)

__all__ = ["RegisterLine"]

_STATUS: Final = "episode.status"
_REFERENCE: Final = "child_ref"
_AREA_FIELDS: Final = ("area_code", "host_authority", "responsible_authority")
_AUTHORITY_ROLES: Final = "authority_roles."


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """An entry and those of its blocks that could be opened. Times are aware UTC.

    `held` are the classes that stay closed: not granted, or the key has not come yet.
    """

    entry: RegisterEntry
    blocks: Mapping[Disclosure, RegisterBlock]
    held: frozenset[Disclosure]

    @property
    def episode(self) -> EpisodeId:
        """The episode; opaque."""
        return EpisodeId(self.entry.episode_id)

    @property
    def nation(self) -> Nation:
        """The nation whose rules hold."""
        return self.entry.nation

    @property
    def status(self) -> EpisodeStatus:
        """The status as precisely as this reader may know it: in clear, every ended episode is `closed`."""
        told = self.known(_STATUS)
        return self.entry.status if told is None else EpisodeStatus(told.value)

    @property
    def sequence(self) -> int:
        """Rises with every report and decision about the episode; counted anew when it becomes another child's."""
        return self.entry.sequence

    @property
    def changed_at(self) -> datetime:
        """When the hub accepted the newest of them."""
        return self.entry.changed_at

    @property
    def superseded_by(self) -> EpisodeId | None:
        """The episode that took this one's place, if one did."""
        return None if self.entry.superseded_by is None else EpisodeId(self.entry.superseded_by)

    @property
    def is_opened(self) -> bool:
        """True if at least one class could be opened."""
        return bool(self.blocks)

    @property
    def child(self) -> str | None:
        """The child's opaque id, the same in all its episodes; None where the class `identity` is closed."""
        told = self.known(CHILD_FIELD)
        return None if told is None else told.value

    @property
    def references(self) -> frozenset[tuple[str, str]]:
        """How agencies refer to the child: pairs of agency id and its own reference."""
        return frozenset((claim.agency, claim.value) for claim in self.claims if claim.field == _REFERENCE)

    @property
    def areas(self) -> frozenset[str]:
        """GSS codes of every area that an opened field names."""
        return frozenset(
            claim.value
            for claim in self.claims
            if claim.field.rpartition(".")[2] in _AREA_FIELDS
            or (claim.field.startswith(_AUTHORITY_ROLES) and claim.field.endswith(".agency"))
        )

    @property
    def golden(self) -> Mapping[str, DisclosedField]:
        """The best known value of every field by name; where two classes know one, the narrower knows better."""
        fields = (field for block in self._by_class() for field in block.golden)
        return {field.name: field for field in fields}

    @property
    def claims(self) -> tuple[ClaimedField, ...]:
        """What each agency says."""
        return tuple(claim for block in self._by_class() for claim in block.claims)

    @property
    def claims_by_message(self) -> Mapping[str, str]:
        """Which record of its agency a message is about, by message id; only where class `identity` is open."""
        return {said.message_id: said.claim_id for said in self.claims if said.claim_id and said.message_id}

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where agencies differ."""
        return tuple(found for block in self._by_class() for found in block.disagreements)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Stretches of missing, away and located."""
        return tuple(phase for block in self._by_class() for phase in block.phases)

    @property
    def duties(self) -> tuple[DutyState, ...]:
        """What the episode owes or has met, the earliest due first; compare due times with your own clock."""
        found = {duty for block in self._by_class() for duty in block.duties}
        return tuple(sorted(found, key=lambda duty: (duty.due_at, duty.duty, duty.owed_by or "")))

    @property
    def told(self) -> tuple[ToldSummary, ...]:
        """Who was told, in order of time, and how far each got; `told_at` is None for who is still to be rung."""
        found = [told for block in self._by_class() for told in block.told]
        return tuple(sorted(found, key=lambda told: (told.told_at is not None, str(told.told_at), told.recipient)))

    def known(self, name: str) -> DisclosedField | None:
        """The best known value of one field, or None where it is closed or nobody said anything."""
        return self.golden.get(name)

    def _by_class(self) -> Iterator[RegisterBlock]:
        for disclosure in sorted(self.blocks, key=CONFIDENTIALITY.__getitem__):
            yield self.blocks[disclosure]
