"""How `homeward review` finds the pair that was named, and what it says of one: shared by its commands."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from consumers import RegisterLine, RegisterView
from consumers.errors import NoGrant
from consumers.reader import read_profile
from deploy import directory
from deploy.cli.invocation import Invocation
from deploy.cli.register_commands import line_named
from deploy.moments import clock, stretch
from deploy.review import NoSuchPair, Queue, pair_of_claims, pair_of_two, pairs_for, pairs_in, read_queue, the_pair
from deploy.views.words import agency_words
from hub.ids import AgencyId
from hub.text import for_terminal
from schemas.errors import HomewardError
from schemas.records import ReviewItem

BESIDE: Final = "+"
"""Between two episodes, in the name of a pair of children that nobody has put on the queue; or between two claims."""
_CLAIM: Final = re.compile(r"[0-9a-f]{32}")


def acting_agency(invocation: Invocation) -> AgencyId:
    """The agency of the profile that the command acts for."""
    return read_profile(invocation.profile(), "look").agency


class NoSuchAgency(HomewardError):
    """Nobody of this id is in the directory."""


async def need_member(invocation: Invocation, agency: AgencyId) -> None:
    """Refuse an id that nobody has: nothing would wait for it, and that says nothing.

    Raises:
        NoSuchAgency: it is nobody's.
    """
    home = invocation.home()
    known = await directory.read_directory(home, home.running().bootstrap, home.schema_ids())
    if known.agency(agency) is None:
        message = f"{agency} is no member of this hub; who is: homeward agency list"
        raise NoSuchAgency(message)


async def review_queue(invocation: Invocation) -> Queue:
    """Every pair that waits now, and what is known of those that have waited."""
    home = invocation.home()
    return await read_queue(home, home.running())


@asynccontextmanager
async def opened_register(invocation: Invocation) -> AsyncIterator[RegisterView | None]:
    """The register as the agency's grant opens it; None without a grant: such an agency may decide all the same."""
    async with AsyncExitStack() as stack:
        try:
            register = await stack.enter_async_context(RegisterView.open(profile=invocation.profile()))
        except NoGrant:
            register = None
        yield register


@dataclass(frozen=True, slots=True)
class FoundPair:
    """A pair that was named, and whether it waits on the queue or stands in the register."""

    item: ReviewItem
    waits: bool


def found_pair(name: str, agency: AgencyId, queue: Queue, register: RegisterView | None) -> FoundPair:
    """The pair of this name: one that waits, one that stands as one child or has waited, two episodes of two children,
    or two claims, whether the register shows them or not.

    Raises:
        NoSuchPair: there is none, or there are several.
        NoSuchEpisode: an episode that was named is not in the register, as far as this agency may know.
    """
    lines = () if register is None else register.lines()
    if BESIDE in name:
        one, other = (part.strip() for part in name.split(BESIDE, 1))
        if _CLAIM.fullmatch(one) and _CLAIM.fullmatch(other) and one != other:
            return _of_two_claims(one, other, agency, queue, lines)
        return FoundPair(two_children(_opened(register, name), one, other), waits=False)

    def standing() -> Iterable[ReviewItem]:
        known = (*pairs_for(agency, queue.settled.values()), *pairs_in(lines))
        return {item.pair_id: item for item in known}.values()

    waits, item = the_pair(name, agency, queue.waiting, standing)
    return FoundPair(item, waits)


def _of_two_claims(one: str, other: str, agency: AgencyId, queue: Queue, lines: Iterable[RegisterLine]) -> FoundPair:
    item = pair_of_claims(one, other, lines, datetime.now(UTC))
    if item.pair_id in queue.waiting:
        return FoundPair(the_pair(item.pair_id, agency, queue.waiting)[1], waits=True)
    known = {each.pair_id: each for each in pairs_for(agency, queue.settled.values())}.get(item.pair_id)
    if known is not None:  # the queue knew whose they are
        owner = {known.claim_a: known.agency_a, known.claim_b: known.agency_b}
        item = replace(item, agency_a=owner[one], agency_b=owner[other], reserved_for=known.reserved_for)
    return FoundPair(item, waits=False)


def _opened(register: RegisterView | None, name: str) -> RegisterView:
    if register is None:
        message = f"{name} would be sought in the register, and this agency has no grant that opens any of it"
        raise NoSuchPair(message)
    return register


def lines_of_child(register: RegisterView, line: RegisterLine) -> tuple[RegisterLine, ...]:
    """All that is open of the child of a line."""
    return (line,) if line.child is None else register.of_child(line.child)


def two_children(register: RegisterView, one: str, other: str) -> ReviewItem:
    """The pair of the first records of two children, by an episode of each.

    Raises:
        NoSuchPair: they are of one child already, or the grant opens no record of one.
        NoSuchEpisode: one is not in the register, as far as this agency may know.
    """
    first, second = line_named(register, one), line_named(register, other)
    if first.episode == second.episode or (first.child is not None and first.child == second.child):
        message = f"{one} and {other} are of one child already; to part it: homeward review pairs {one}"
        raise NoSuchPair(message)
    found = pair_of_two(lines_of_child(register, first), lines_of_child(register, second))
    if found is None:
        message = f"the grant of this agency opens no record of {one} or of {other}; ask an agency whose grant does"
        raise NoSuchPair(message)
    return found


def pair_in_words(found: FoundPair, now: datetime) -> Mapping[str, str]:
    """The head of a pair, for a person."""
    item = found.item
    due = "" if item.due_at is None else f", due {clock(item.due_at, now)}{' (late)' if is_late(item, now) else ''}"
    said = {
        "pair": item.pair_id,
        "waits": f"{waited(item, now)}{due}" if found.waits else "no",
        "one child?": f"{likely(item)}{'' if found.waits else ', by what is open to you'}",
        "A": agency_words(item.agency_a),
        "B": agency_words(item.agency_b) if item.claim_b else "",
        "why": for_terminal(item.why),
        "reserved for": agency_words(item.reserved_for) if item.reserved_for else "",
    }
    return {name: value for name, value in said.items() if value}


def pair_row(item: ReviewItem, now: datetime, *, waits: bool = True) -> dict[str, Any]:
    """A pair for `--json`."""
    return {
        "pair": item.pair_id,
        "waits_hours": round((now - item.raised_at).total_seconds() / 3600, 2) if waits else None,
        "raised_at": item.raised_at,
        "due_at": item.due_at,
        "is_overdue": is_late(item, now),
        "probability": item.probability,
        "agency_a": item.agency_a,
        "agency_b": item.agency_b,
        "claim_a": item.claim_a,
        "claim_b": item.claim_b,
        "why": item.why,
        "comparisons": list(item.comparisons),
        "reserved_for": item.reserved_for,
    }


def short_name(item: ReviewItem) -> str:
    """As much of a pair's name as people type."""
    return item.pair_id[:8]


def is_late(item: ReviewItem, now: datetime) -> bool:
    """Whether somebody should have looked at it by now."""
    return item.due_at is not None and item.due_at < now


def waited(item: ReviewItem, now: datetime) -> str:
    """How long it has waited."""
    return stretch(max(0.0, (now - item.raised_at).total_seconds()))


def likely(item: ReviewItem) -> str:
    """How likely the two are one child, in words."""
    return "not weighed" if item.probability is None else f"{item.probability:.1%}"
