"""The words of a notice: fixed sentences chosen by what happened, and never a value of the child's record.

Sentences come from the rules (`words.toml`); what is particular to a child stands in the notice's fields. Rules kept
here: a reporter who may only know that the child is safe reads five literal words; every sealed outcome reads alike;
outside the opened page the text is fixed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from hub.ids import EpisodeId
from hub.routing.knowledge import CLOSED, OF_AGE, STOOD_DOWN
from hub.routing.rows import Rules
from schemas.records import Arrangement, Disclosure, EpisodeStatus, Notice, NoticeKind

STAND_DOWN: Final = "stand_down"
WITHDRAW: Final = "withdraw"
WITHDRAW_ALL: Final = "withdraw_all"
TELEPHONE: Final = "telephone"
"""Purposes that are the hub's own and open no field. Some fields, or a duty, are withdrawn and the rest stands; or all
is, and with it what was asked."""

MOST_WORDS: Final = 2_000
"""The cap of `Notice.what_happened` and `Notice.asked_of_you`, in signs."""
_CUT: Final = " … (more than this notice holds: see the register)"
_STAYS: Final = "stays"
_LAST_WORDS: Final = {
    STOOD_DOWN: ("fixed", "stood_down"),
    CLOSED: ("happened", "closed_to_you"),
    OF_AGE: ("happened", "closed_of_age"),
}


def reference_of(episode: EpisodeId) -> str:
    """What two desks say to each other on the telephone: eight signs of the episode's opaque id."""
    return f"{episode[:4]}-{episode[4:8]}".upper()


def standing(rules: Rules, shown: Mapping[str, str]) -> str:
    """How the matter stands, for somebody who may read these fields; nothing where the status is not among them."""
    status = shown.get("episode.status")
    if status is None:
        return ""
    is_staying = shown.get("return_arranged.arrangement") == Arrangement.NOT_POSSIBLE
    word = _STAYS if is_staying and status == EpisodeStatus.LOCATED_NOT_RETURNED else status
    return rules.words["status"].get(word, rules.words["status"]["unknown"])


def last_word(rules: Rules, ended: str | None) -> str:
    """The words that never vary by which a desk reads that it reads no more; empty for a withdrawal, and for no end."""
    kind, key = _LAST_WORDS.get(ended or "", ("", ""))
    return rules.words[kind][key] if kind else ""


def last_word_by_telephone(rules: Rules, ended: str | None, opened: Collection[Disclosure]) -> str:
    """The same, as somebody says it who may read these classes: that a child has moved, or is of age, is no word for
    whoever may not read what safeguards it.
    """
    may_say = ended == STOOD_DOWN or Disclosure.SAFEGUARDING in opened
    return last_word(rules, ended) if may_say else ""


def happened(rules: Rules, kind: NoticeKind, shown: Mapping[str, str], position: str, changed: Iterable[str]) -> str:
    """What happened, for somebody who may read these fields (name and value), and which aspects changed.

    `position` is a word of the words' part of that name: of the police, or what they answered.
    """
    parts = [rules.words["happened"][str(kind)], standing(rules, shown), rules.words["position"].get(position, "")]
    names = [name.replace("_", " ") for name in changed if name != "status"]
    if names and kind is NoticeKind.UPDATE:
        parts.append(rules.words["happened"]["changed"].format(changed=", ".join(names)))
    return " ".join(part for part in parts if part)


def of_handover(rules: Rules, shown: Mapping[str, str], changed: Iterable[str], *, is_yours: bool) -> Iterator[str]:
    """How a handover that has changed stands, and that the recipient has the case, where it does."""
    words = rules.words["handover"]
    if "handover" in changed:
        said = words.get(shown.get("ownership.step", ""), ""), words["yours"] if is_yours else ""
        yield from filter(None, said)


def of_references(rules: Rules, joined: Iterable[str], *, is_parted: bool) -> Iterator[str]:
    """What has become of the references that somebody holds: replaced by this one, or this one by itself again."""
    replaced = [reference_of(EpisodeId(episode)) for episode in joined]
    if replaced:
        yield rules.words["happened"]["joined"].format(references=", ".join(replaced))
    if is_parted:
        yield rules.words["happened"]["parted"]


def asked(rules: Rules, words: Iterable[str]) -> str:
    """What is asked of the recipient, by the keys of the rows that ask; each sentence once."""
    return " ".join(dict.fromkeys(rules.words["ask"][key] for key in words))


def telephone_these(rules: Rules, whom: Iterable[str]) -> str:
    """The task of whoever must telephone those that the hub cannot reach."""
    return rules.words["ask"]["telephone_these"].format(whom="; ".join(whom))


def fitting(words: str) -> str:
    """Words as a notice carries them. Only a table of long sentences, or a dozen agencies of long names in one of them,
    come near the bound.
    """
    return words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - len(_CUT)]}{_CUT}"


def outside_text(notice: Notice, rules: Rules) -> str:
    """The only text about a notice that may appear outside the opened page: in a banner, an e-mail, a pager.

    The time is in the zone that the notice's own is in.
    """
    due = "" if notice.due_at is None else f", due {notice.due_at:%d %b %H:%M %Z}"
    return f"{rules.words['fixed']['outside']}: {notice.reference}{due}"
