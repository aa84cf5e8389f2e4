"""Which claims have a blocking key: a compact table from a key to the places of claims, grown one at a time.

Most keys have one claim, so a place stands in the table itself; a list begins with the second. A block that has grown
past `CROWDED` says too little to be looked through, and is passed over: that is what bounds a flood.
"""

from array import array
from collections.abc import Iterable
from typing import Final

CROWDED: Final = 512
"""The longest block that is looked through."""

LONG: Final = 20
"""A block over this length needs a second key to make a candidate."""


class Postings:
    """Keys and the places of the claims that have them."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: dict[int, int | array[int]] = {}

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._blocks)

    def add(self, keys: Iterable[int], place: int) -> None:
        """Put a claim's place under its keys; a full block takes no more."""
        blocks = self._blocks
        for key in keys:
            block = blocks.setdefault(key, place)
            if block is place or block == place:
                continue
            if isinstance(block, int):
                blocks[key] = array("I", (block, place))
            elif len(block) <= CROWDED:
                block.append(place)

    def __contains__(self, key: int) -> bool:
        """True where some claim has the key."""
        return key in self._blocks

    def first(self, key: int, most: int) -> list[int]:
        """The places first put under a key, so many at most."""
        block = self._blocks.get(key)
        if block is None:
            return []
        return [block] if isinstance(block, int) else list(block[:most])

    def in_short_blocks(self, keys: Iterable[int]) -> set[int]:
        """The places under those of these keys that have a short block."""
        found: set[int] = set()
        for key in keys:
            block = self._blocks.get(key)
            if isinstance(block, int):
                found.add(block)
            elif block is not None and len(block) <= LONG:
                found.update(block)
        return found

    def length(self, key: int) -> int:
        """How many places stand under a key."""
        block = self._blocks.get(key)
        return 0 if block is None else 1 if isinstance(block, int) else len(block)

    def hits(self, keys: Iterable[int]) -> tuple[dict[int, int], dict[int, int], int]:
        """How many short and how many long blocks each place was found in, and how many blocks were too crowded."""
        short: dict[int, int] = {}
        long: dict[int, int] = {}
        crowded = 0
        for key in keys:
            block = self._blocks.get(key)
            if block is None:
                continue
            if isinstance(block, int):
                short[block] = short.get(block, 0) + 1
            elif len(block) > CROWDED:
                crowded += 1
            else:
                counts = short if len(block) <= LONG else long
                for place in block:
                    counts[place] = counts.get(place, 0) + 1
        return short, long, crowded
