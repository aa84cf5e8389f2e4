"""What may be said of everything that a seat was told, as rules over its notices.

A rule answers None where it holds, and otherwise words for what is there instead. The words of `told` and `not_told`
that make these rules stand in `hub.scenario.told_checks`; here nothing is read and nobody is refused.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from hub.delivery.points import Seat, rung
from hub.scenario.simulated import Sent
from hub.scenario.wording import listed
from schemas.records import Disclosure, Notice

Pair = tuple[Sent, Notice]
Rule = Callable[[Collection[Pair]], str | None]


def of_exactly(classes: Iterable[Disclosure]) -> Rule:
    """Exactly these classes of fields were told."""
    wanted = {str(one) for one in classes}

    def rule(told: Collection[Pair]) -> str | None:
        found = _classes(told)
        return None if wanted == found else f"told were fields of: {listed(sorted(found))}"

    return rule


def of_at_most(classes: Iterable[Disclosure]) -> Rule:
    """No class but these was told."""
    wanted = {str(one) for one in classes}

    def rule(told: Collection[Pair]) -> str | None:
        beyond = _classes(told) - wanted
        return f"told as well: {listed(sorted(beyond))}" if beyond else None

    return rule


def with_fields(names: Iterable[str]) -> Rule:
    """All these fields were told."""
    wanted = frozenset(names)

    def rule(told: Collection[Pair]) -> str | None:
        missing = wanted - _names(told)
        return f"not told: {listed(sorted(missing))}" if missing else None

    return rule


def holding(wanted: Mapping[str, str | None]) -> Rule:
    """After all notices and withdrawals these fields say this; None for one that is not held."""

    def rule(told: Collection[Pair]) -> str | None:
        held: dict[str, str] = {}
        for _, notice in told:
            held.update((field.name, field.value) for field in notice.fields)
            for name in notice.withdrawn_fields:
                held.pop(name, None)
        wrong = [f"{name} is {held.get(name)!r}" for name, value in wanted.items() if held.get(name) != value]
        return "; ".join(wrong) or None

    return rule


def last_says(text: str) -> Rule:
    """What happened, word for word, in the last notice."""

    def rule(told: Collection[Pair]) -> str | None:
        said = list(told)[-1][1].what_happened if told else "nothing"
        return None if said == text else f"the last one says {said!r}"

    return rule


def free_of_classes(classes: Iterable[Disclosure]) -> Rule:
    """No field of these classes was told."""
    barred = {str(one) for one in classes}

    def rule(told: Collection[Pair]) -> str | None:
        names = sorted(
            {f"{field.name} ({field.disclosure})" for _, notice in told for field in notice.fields
             if str(field.disclosure) in barred}
        )  # fmt: skip
        return f"it was told {', '.join(names)}" if names else None

    return rule


def free_of_fields(names: Collection[str]) -> Rule:
    """None of these fields was told, nor any part of them."""

    def rule(told: Collection[Pair]) -> str | None:
        found = sorted(name for name in _names(told) if any(name == one or name.startswith(f"{one}.") for one in names))
        return f"it was told {', '.join(found)}" if found else None

    return rule


def free_of_texts(texts: Collection[str]) -> Rule:
    """None of these texts stands anywhere in what was told; capitals make no difference."""

    def rule(told: Collection[Pair]) -> str | None:
        for sent, notice in told:
            strings = [notice.what_happened, notice.asked_of_you, *notice.withdrawn_fields]
            strings += [
                part for field in notice.fields for part in (field.name, field.value, field.source_agency or "")
            ]
            for text in texts:
                hit = next((string for string in strings if text.lower() in string.lower()), None)
                if hit is not None:
                    return f"{text!r} stands in a notice of {sent.at:%H:%M} UTC: {hit!r}"
        return None

    return rule


def free_of(value: object, what: str) -> Rule:
    """No notice whose `what` (kind, ask) is this value."""

    def rule(told: Collection[Pair]) -> str | None:
        hits = [notice for _, notice in told if getattr(notice, what) is value]
        return f"{len(hits)} such notices were sent, the first says {hits[0].what_happened!r}" if hits else None

    return rule


def is_rung(told: Iterable[Pair], seat: Seat) -> bool:
    """Whether somebody was asked to ring this desk."""
    return any(seat in rung(sent.owed.row) for sent, _ in told)


def _classes(told: Iterable[Pair]) -> set[str]:
    return {str(field.disclosure) for _, notice in told for field in notice.fields}


def _names(told: Iterable[Pair]) -> set[str]:
    return {field.name for _, notice in told for field in notice.fields}
