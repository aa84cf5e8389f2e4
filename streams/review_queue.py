"""The queue of pairs that wait for a person, as records: an item when a pair is raised, a tombstone when it is settled.

What waits is what is on the compacted topic `review`, so nothing here is remembered: a pair is taken off whether or
not it ever waited. Items carry claims, children, words and weights; never a value that was compared.
"""

from collections.abc import Iterable
from typing import Final

from hub.identity import Review
from hub.identity.reviews import Because, pair_id, review_times
from hub.ids import AgencyId, derived_id
from hub.messages import AcceptedMessage, WireMessage, compose_from_hub
from schemas.codec import SchemaIds
from schemas.records import ReviewItem
from streams.outbound import Outbound
from streams.secrets import HubSecrets

TOPIC: Final = "review"


class ReviewQueue:
    """Composes what goes onto the queue, and takes off what is settled."""

    def __init__(self, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._secrets = secrets
        self._ids = ids
        self._times = review_times()
        self._settled: list[str] = []

    def item(
        self, review: Review, agencies: tuple[AgencyId | None, AgencyId | None], message: AcceptedMessage
    ) -> WireMessage:
        """A pair that this message raised; the same pair again replaces itself."""
        raised_at = message.verdict.accepted_at
        name = pair_id(review.claim_a, review.claim_b)
        item = ReviewItem(
            pair_id=name,
            claim_a=review.claim_a,
            claim_b=review.claim_b,
            child_a=review.child_a,
            child_b=review.child_b,
            why=review.why,
            raised_at=raised_at,
            due_at=self._times.due_at(raised_at, Because.DOUBT),
            agency_a=agencies[0],
            agency_b=agencies[1],
        )
        return compose_from_hub(
            item,
            topic=TOPIC,
            key=name.encode(),
            message_id=derived_id(name, "review", message.opened.id),
            time=raised_at,
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
