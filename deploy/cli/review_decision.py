"""How `homeward review decide` says a decision, and sees from outside that the hub acted on it."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from consumers import RegisterView
from deploy import directory
from deploy.cli.invocation import Invocation
from deploy.cli.review_pairs import (
    BESIDE,
    FoundPair,
    acting_agency,
    found_pair,
    opened_register,
    review_queue,
    short_name,
)
from deploy.review import Queue, is_as_decided, pairs_for, shows_both
from deploy.views.words import agency_words
from hub.identity import CONTRADICTED
from hub.identity.reviews import REVIEWER, may_decide
from hub.ids import AgencyId
from producers import Publisher
from schemas.errors import HomewardError
from schemas.records import LinkDecided, LinkDecision, ReviewItem

_LOOK_AGAIN_SECONDS: Final = 0.5
_A_PAIR: Final = 2
_NO_ROLE: Final = (
    'this pair is for a named role of your agency alone: say which, as in --role "adoption team". Nothing was sent'
)


class NotTaken(HomewardError):
    """The hub has the decision and did not act on it."""


class NoRole(HomewardError):
    """The pair is for a named role alone, and no role was named."""


class MayNotDecide(HomewardError):
    """This agency may not say this of this pair."""


async def decided(invocation: Invocation, pair: str, decision: LinkDecision, why: str, role: str | None) -> None:
    """Send the decision, and see from outside that the hub acted on it: by the queue, or by the register.

    Raises:
        MayNotDecide: this agency may not; nothing was sent.
        NoRole: it is reserved, and nobody said in which role this is decided; nothing was sent.
        NotTaken: it still stands as before after the time that a receipt may take.
        Rejected: the hub refused the message, with every reason.
    """
    agency, queue = acting_agency(invocation), await review_queue(invocation)
    seconds = invocation.effective.settings.receipt_seconds
    async with opened_register(invocation) as register:
        found = found_pair(pair, agency, queue, register)
        if found.item.reserved_for is not None and not role:
            raise NoRole(_NO_ROLE)
        await _need_the_right(invocation, found.item, agency, decision, waits=found.waits)
        if not found.waits:
            invocation.say(
                f"this pair does not wait: {found.item.why}. Your word is a new decision, and holds from now on"
            )
        word = LinkDecided(
            claim_a=found.item.claim_a,
            claim_b=found.item.claim_b,
            decision=decision,
            why=why,
            decided_by_role=role or REVIEWER,
            occurred_at=datetime.now(UTC),
        )
        async with Publisher.open(profile=invocation.profile()) as publisher:
            sent = await publisher.send(word)
            receipt = await sent.receipt(timeout=seconds)
            receipt.raise_if_rejected()
        if not await _is_taken(invocation, found, word, register, queue):
            message = (
                f"the hub has the decision ({sent.message_id}), and after {seconds:.0f} s nothing has changed. "
                "Is it at work? homeward doctor. An adoption break, once said, is lifted by no later word"
            )
            raise NotTaken(message)
        if not found.waits and not shows_both(found.item, () if register is None else register.lines()):
            invocation.say("the hub took your word; what became of the two records is not open to you")
    left = pairs_for(agency, (await review_queue(invocation)).waiting.values())
    item = found.item
    invocation.show(
        {
            "pair": item.pair_id, "claim_a": item.claim_a, "claim_b": item.claim_b, "decision": decision,
            "message_id": sent.message_id, "waiting": len(left),
        }
    )  # fmt: skip
    if decision is LinkDecision.SAME:
        name = f"{item.claim_a}{BESIDE}{item.claim_b}"
        invocation.say(f'to take it back: homeward review decide {name} split --why "..." --as {agency}')


async def _need_the_right(
    invocation: Invocation, item: ReviewItem, agency: AgencyId, decision: LinkDecision, *, waits: bool
) -> None:
    """Refuse before anything is sent what the hub would keep and not act on."""
    owners = [AgencyId(owner) for owner in (item.agency_a, item.agency_b) if owner is not None]
    if item.reserved_for is not None or (waits and len(owners) < _A_PAIR):
        return  # the hub knows more of it
    home = invocation.home()
    known = (await directory.read_directory(home, home.running().bootstrap, home.schema_ids())).agency(agency)
    roles = () if known is None else known.roles
    is_joined_blindly = decision is LinkDecision.SAME and len(owners) < _A_PAIR and REVIEWER not in roles
    if is_joined_blindly or not may_decide(agency, roles, decision, owners):
        whose = " and ".join(agency_words(owner) for owner in dict.fromkeys(owners))
        message = (
            f"{agency_words(agency)} may not say {str(decision)!r} of records of "
            f"{whose if len(owners) == _A_PAIR else 'agencies that are not open to it'}: an agency joins only records "
            "that are all its own, and parts only its own from others'. One with the directory role "
            f"{REVIEWER!r} decides any. Nothing was sent"
        )
        raise MayNotDecide(message)


async def _is_taken(
    invocation: Invocation, found: FoundPair, word: LinkDecided, register: RegisterView | None, before: Queue
) -> bool:
    """Whether what was decided is to be seen within the time that a receipt may take.

    Raises:
        NotTaken: it contradicts what was said of another pair of the two children, which waits now.
    """
    item = found.item
    time_now = asyncio.get_running_loop().time
    deadline = time_now() + invocation.effective.settings.receipt_seconds
    while True:  # the broker gives no event for a deleted record
        queue = await review_queue(invocation)
        _refuse_if_contradicted(item, word, queue.waiting.values())
        if register is not None and not found.waits:
            await register.caught_up()
        if found.waits:
            is_taken = item.pair_id not in queue.waiting
        elif register is None or not shows_both(item, register.lines()):
            is_taken = queue.settled_at.get(item.pair_id) != before.settled_at.get(item.pair_id)
        else:
            is_taken = is_as_decided(item, register.lines(), joined=word.decision is LinkDecision.SAME)
        if is_taken or time_now() >= deadline:
            return is_taken
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _refuse_if_contradicted(item: ReviewItem, word: LinkDecided, waiting: Iterable[ReviewItem]) -> None:
    """Name the pair that was put before a person because of this word, if one was."""
    asked_at = word.occurred_at
    for each in waiting:
        is_later = asked_at is not None and each.raised_at >= asked_at
        are_the_two = not item.child_a or {each.child_a, each.child_b} == {item.child_a, item.child_b}
        if each.why == CONTRADICTED and is_later and are_the_two:
            message = (
                f"nothing was joined: of another pair of these two children it was said that they are two. That pair "
                f"waits again: homeward review show {short_name(each)}. If they are one child, say so of it"
            )
            raise NotTaken(message)
