"""Pairs of reports of which a person must say, or has said, whether they are of one child.

`queue` reads what waits from the topic `review`, `standing` names pairs of what stands in the register already, `sides`
puts two records next to each other as a grant allows.
"""

from deploy.review.queue import NoSuchPair, Queue, pairs_for, read_queue, the_pair
from deploy.review.sides import Row, side_by_side
from deploy.review.standing import (
    APART,
    TOGETHER,
    Standing,
    is_as_decided,
    pair_of_claims,
    pair_of_two,
    pairs_in,
    pairs_of_one,
    records_of,
    shows_both,
)

__all__ = [
    "APART",
    "TOGETHER",
    "NoSuchPair",
    "Queue",
    "Row",
    "Standing",
    "is_as_decided",
    "pair_of_claims",
    "pair_of_two",
    "pairs_for",
    "pairs_in",
    "pairs_of_one",
    "read_queue",
    "records_of",
    "shows_both",
    "side_by_side",
    "the_pair",
]
