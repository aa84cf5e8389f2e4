"""Pairs of reports of which a person must say, or has said, whether they are of one child.

`queue` reads what waits from the topic `review`, `standing` names pairs of what stands in the register already, `sides`
puts two records next to each other as a grant allows.
"""

from deploy.review.queue import NoSuchPair, pairs_for, the_pair, waiting
from deploy.review.sides import Row, side_by_side
from deploy.review.standing import (
    APART,
    TOGETHER,
    Standing,
    is_as_decided,
    pair_of_two,
    pairs_in,
    pairs_of_one,
    records_of,
)

__all__ = [
    "APART",
    "TOGETHER",
    "NoSuchPair",
    "Row",
    "Standing",
    "is_as_decided",
    "pair_of_two",
    "pairs_for",
    "pairs_in",
    "pairs_of_one",
    "records_of",
    "side_by_side",
    "the_pair",
    "waiting",
]
