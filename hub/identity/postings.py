"""Which claims have a blocking key: a compact table from a key to the places of claims, grown one at a time.

Most keys have one claim, so a place stands in the table itself; with the second, places stand side by side in bytes,
which take a third of the room of the smallest list, and which Python's collector of garbage does not look at. A block
that has grown past `CROWDED` says too little to be looked through, and is passed over: that is what bounds a flood.
"""

from array import array
from collections import Counter
from collections.abc import Iterable
from struct import Struct
from typing import Final

CROWDED: Final = 512
"""The longest block that is looked through."""

LONG: Final = 20
"""A block over this length needs a second key to make a candidate."""


_PLACE: Final = Struct("I")


class Postings:
    """Keys and the places of the claims that have them."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: dict[int, int | bytes] = {}

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._blocks)

    def add(self, keys: Iterable[int], place: int) -> None:
        """Put a claim's place under its keys; a full block takes no more."""
        blocks = self._blocks
        for key in keys:
            block = blocks.setdefault(key, place)
            if isinstance(block, int):
                if block != place:
                    blocks[key] = _PLACE.pack(block) + _PLACE.pack(place)
            elif len(block) <= CROWDED * _PLACE.size:
                blocks[key] = block + _PLACE.pack(place)

    def __contains__(self, key: int) -> bool:
        """True where some claim has the key."""
        return key in self._blocks

    def first(self, key: int, most: int) -> list[int]:
        """The places first put under a key, so many at most."""
        block = self._blocks.get(key)
        if block is None:
            return []
        return [block] if isinstance(block, int) else array("I", block[: most * _PLACE.size]).tolist()

    def in_short_blocks(self, keys: Iterable[int]) -> set[int]:
        """The places under those of these keys that have a short block."""
        found: set[int] = set()
        for key in keys:
            block = self._blocks.get(key)
            if isinstance(block, int):
                found.add(block)
            elif block is not None and len(block) <= LONG * _PLACE.size:
                found.update(array("I", block))
        return found

    def length(self, key: int) -> int:
        """How many places stand under a key."""
        block = self._blocks.get(key)
        return 0 if block is None else 1 if isinstance(block, int) else len(block) // _PLACE.size

    def hits(self, keys: Iterable[int]) -> tuple[dict[int, int], int]:
        """How many blocks each place was found in, and how many blocks were too crowded. A place that one long block
        alone has is left out.
        """
        in_short, in_long = array("I"), array("I")
        crowded = 0
        for key in keys:
            block = self._blocks.get(key)
            if block is None:
                continue
            if isinstance(block, int):
                in_short.append(block)
            elif len(block) <= LONG * _PLACE.size:
                in_short.frombytes(block)
            elif len(block) <= CROWDED * _PLACE.size:
                in_long.frombytes(block)
            else:
                crowded += 1
        counts = dict(Counter(in_short))
        if in_long:
            further = Counter(in_long)
            for place in counts:
                counts[place] += further.pop(place, 0)
            counts.update({place: count for place, count in further.items() if count > 1})
        return counts, crowded
