"""Tables of `register`: what each agency claims, who is shut out, flags, care, and how many say different things.

Every entry is looked up when the file is read: `flags: {exploitaton: none}` would otherwise hold of every child.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from hub.entry.view import view
from hub.episode.model import ChildState, Episode
from hub.ids import AgencyId
from hub.scenario.document import Part, Word
from hub.scenario.field_names import QUESTIONED, view_fields
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.wording import Reader
from schemas.records import Answer, CareStatus, ClaimedStatus, FlagKind

TABLE_WORDS: Final = {
    "claims": "by agency: what it says the status is",
    "exclusions": "by agency: `provisional`, `confirmed`, `lifted` or `none`",
    "flags": "by kind of flag: the answer that stands",
    "disagreements": "by field: how many say different things of it",
    "care": "by care status: `yes` where somebody says that it holds",
}
"""Tables of `register`."""


class _Exclusion(StrEnum):
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    LIFTED = "lifted"


def _claims(scene: Scene, state: ChildState, episode: Episode, agency: AgencyId) -> str:
    del scene, state
    said = [claim for claim in episode.status_claims if claim.agency == agency and claim.answered_by is None]
    return str(max(said, key=lambda claim: claim.accepted_at).status) if said else "none"


def _exclusion(scene: Scene, state: ChildState, episode: Episode, agency: AgencyId) -> str:
    del scene, episode
    found = [one for one in state.exclusions if one.agency == agency]
    if not found:
        return "none"
    if not any(one in state.standing_exclusions for one in found):
        return _Exclusion.LIFTED
    is_firm = any(not one.is_provisional or one.confirmed_by is not None for one in found)
    return _Exclusion.CONFIRMED if is_firm else _Exclusion.PROVISIONAL


_TABLES: Final = {"claims": _claims, "exclusions": _exclusion, "flags": None, "disagreements": None, "care": None}


def _table_entry(what: str, name: Word, each: Part, reader: Reader) -> tuple[Word, str, str]:
    """Where an entry of a table stands, what it is about, and what is expected: none of it a word that nobody knows."""
    word = reader.word(each, "one word")
    match what:
        case "claims" | "exclusions":
            words: type[StrEnum] = ClaimedStatus if what == "claims" else _Exclusion
            expected = "none" if word.is_nothing else str(reader.of_words(word, words))
            return name, reader.agency(name), expected
        case "flags":
            kind = str(reader.of_words(name, FlagKind))
            return name, kind, "none" if word.is_nothing else str(reader.of_words(word, Answer))
        case "care":
            return name, str(reader.of_words(name, CareStatus)), "yes" if reader.answer(word) else "no"
        case _:
            return name, reader.field(name, {**view_fields(), **QUESTIONED}), str(reader.number(word))


def table_check(key: Word, value: Part, aim: Aim, reader: Reader) -> Check:
    """`claims`, `exclusions` (by agency), `flags` (by kind), `disagreements` (by field: how many say what), `care`."""
    ask = _TABLES[key.text]
    wanted = [_table_entry(key.text, name, each, reader) for name, each in reader.table(value, key.text)]

    def run(scene: Scene) -> Iterator[Difference]:
        meant = scene.meant(aim)
        for name, about, expected in wanted:
            if isinstance(meant, str):
                found = meant
            elif ask is not None:
                found = ask(scene, *meant, AgencyId(about))
            else:
                found = _counted(key.text, about, *meant)
            if found != expected:
                yield Difference(
                    line=name.line, at=scene.at, what=f"{key.text} of {name.text}", expected=expected,
                    found=f"it is {found}",
                )  # fmt: skip

    return Check(line=key.line, run=run)


def _counted(what: str, about: str, state: ChildState, episode: Episode) -> str:
    if what == "flags":
        return next((str(flag.value) for flag in episode.flags if str(flag.kind) == about), "none")
    if what == "care":
        return "yes" if any(str(care.status) == about for care in episode.care) else "no"
    sides = next((len(each.sides) for each in view(state, episode).disagreements if each.field == about), 0)
    asked = next((len(each.events) for each in episode.questions if each.field == about), 0)
    return str(sides or asked)
