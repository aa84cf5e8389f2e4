"""Pairs of reports that wait for a person: read from the topic `review`, and put side by side as a grant allows."""

from deploy.review.queue import NoSuchPair, pairs_for, waiting
from deploy.review.sides import Row, side_by_side

__all__ = ["NoSuchPair", "Row", "pairs_for", "side_by_side", "waiting"]
