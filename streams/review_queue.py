"""The queue of pairs that wait for a person, as records: an item when a pair is raised, a tombstone when it is settled.

What waits is what is on the compacted topic `review`, so nothing here is remembered: a pair is taken off whether or
not it ever waited. Items carry claims, children, words and weights; never a value that was compared.
"""

from collections.abc import Iterable
from typing import Final

from hub.episode.arrivals import WITHHELD
from hub.identity import ClaimRecord, Decision, IdentityIndex, Review
from hub.identity.reviews import Because, pair_id, probability_of, reserved_for, review_times, words_of
from hub.ids import HUB, AgencyId, derived_id
from hub.messages import AcceptedMessage, WireMessage, compose_from_hub
from schemas.codec import SchemaIds
from schemas.records import ReviewItem
from streams.outbound import Outbound
from streams.secrets import HubSecrets

TOPIC: Final = "review"
NOBODY: Final = ""
"""In place of the second claim, where a message waits by itself."""


class ReviewQueue:
    """Composes what goes onto the queue, and takes off what is settled."""

    def __init__(self, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._secrets = secrets
        self._ids = ids
        self._times = review_times()
        self._settled: list[str] = []

    def items(self, decision: Decision, message: AcceptedMessage, index: IdentityIndex) -> list[WireMessage]:
        """The pairs that this message puts before a person; those of a break's sides before one authority alone."""
        reserved = (reserved_for(decision.either, index) or HUB) if decision.either else None
        return [
            self._item(each, decision, message, index, reserved if each.child_b in decision.either else None)
            for each in decision.reviews
        ]

    def _item(
        self,
        review: Review,
        decision: Decision,
        message: AcceptedMessage,
        index: IdentityIndex,
        reserved: AgencyId | None,
    ) -> WireMessage:
        """A pair, for everybody or `reserved`; the same pair again replaces itself, and waits though it was settled."""
        raised_at = message.verdict.accepted_at
        name = pair_id(review.claim_a, review.claim_b)
        self._settled = [each for each in self._settled if each != name]
        one, other = index.claim(review.claim_a), index.claim(review.claim_b)
        item = ReviewItem(
            pair_id=name,
            claim_a=review.claim_a,
            claim_b=review.claim_b,
            child_a=review.child_a,
            child_b=review.child_b,
            probability=probability_of(decision.explanation, review.claim_b),
            why=review.why,
            raised_at=raised_at,
            due_at=self._times.due_at(raised_at, Because.DOUBT),
            agency_a=one.facts.agency if one is not None else None,
            agency_b=other.facts.agency if other is not None else None,
            comparisons=words_of(decision.explanation, review.claim_b),
            reserved_for=reserved,
        )
        return self._record(item, message)

    def withheld(self, record: ClaimRecord, reserved: AgencyId | None, message: AcceptedMessage) -> WireMessage:
        """A message that names both identities of an adoption break: who sent it, and nothing that joins the two."""
        raised_at = message.verdict.accepted_at
        item = ReviewItem(
            pair_id=pair_id(record.claim, NOBODY),
            claim_a=record.claim,
            claim_b=NOBODY,
            child_a=record.child,
            child_b=NOBODY,
            why=f"{WITHHELD}; nothing of it was passed on",
            raised_at=raised_at,
            due_at=self._times.due_at(raised_at, Because.BOTH_IDENTITIES),
            agency_a=record.facts.agency,
            reserved_for=reserved or HUB,
        )
        return self._record(item, message)

    def _record(self, item: ReviewItem, message: AcceptedMessage) -> WireMessage:
        return compose_from_hub(
            item,
            topic=TOPIC,
            key=item.pair_id.encode(),
            message_id=derived_id(item.pair_id, "review", message.opened.id),
            time=item.raised_at,
            worker=self._secrets.worker,
            ids=self._ids,
        )

    def settle(self, pairs: Iterable[str]) -> None:
        """These wait no more; they leave the queue with the next `flush`."""
        self._settled += pairs

    async def flush(self, outbound: Outbound) -> None:
        """Take off what is settled, and return when the broker has it. Items of the same batch must be sent before."""
        settled, self._settled = self._settled, []
        sent = [await outbound.send(TOPIC, name.encode(), None) for name in settled]
        for each in sent:
            await each
