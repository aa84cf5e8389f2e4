"""What comes of a row of an extract, or of an absence that only the register has: one outcome, as data."""

from dataclasses import dataclass
from enum import StrEnum

from deploy.reconcile.extract import ExtractRow
from deploy.reconcile.register import OurAbsence
from hub.ids import EpisodeId
from hub.routing.wording import reference_of


class Found(StrEnum):
    """What became of a row, or of an absence of ours."""

    SAME = "same"
    DIFFERS = "differs"
    ONLY_THEIRS = "only_theirs"
    ONLY_OURS = "only_ours"
    POSSIBLY_SAME = "possibly_same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One field that the two say differently. `apart` is the signed difference in minutes (theirs - ours) of times."""

    name: str
    theirs: str
    ours: str
    apart: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A child of the register that a row may be about, as a person can look it up: by the episode nearest in time.

    `references` are the agency's own of that child, where the register holds any; `probability` is that of one child,
    None where a reference decided.
    """

    child: str
    episode: str
    references: tuple[str, ...]
    probability: float | None

    @property
    def name(self) -> str:
        """What people type and say of the episode, as `2B5F-3C1E`."""
        return reference_of(EpisodeId(self.episode))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One line of the result. `line` is the row's in the extract; None for what only we have.

    `candidates` are the children of the register it is, or may be, about: one where it is certain, the likeliest first.
    """

    found: Found
    line: int | None
    child_ref: str
    episode: str | None
    child: str | None
    candidates: tuple[Candidate, ...] = ()
    differing: tuple[Differing, ...] = ()
    note: str = ""
    row: ExtractRow | None = None
    ours: OurAbsence | None = None
