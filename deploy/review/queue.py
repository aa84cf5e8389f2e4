"""What waits on the topic `review` now, verified, and who of the reviewers may see which of it.

It comes as the hub's own principal `reviewer`, which may read that topic and the directory and holds no key of any
child. What it sees are claims, children by opaque ids, words and weights. A pair that is reserved for one authority is
shown to that authority alone, and to nobody else that there is one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from consumers.directory_view import wire_of
from deploy import directory
from deploy.home import Home
from deploy.occupied import Running
from deploy.whole_topic import appended_at, whole_topic
from hub.ids import AgencyId
from hub.messages import OpenedMessage, open_from_hub
from hub.sealing import OpeningKeys
from schemas.errors import HomewardError
from schemas.records import ReviewItem

PRINCIPAL: Final = "reviewer"
DECIDED: Final = "it was decided already"
_TOPIC: Final = "review"


class NoSuchPair(HomewardError):
    """Nothing of this name waits, or it is for somebody else to look at."""


@dataclass(slots=True)
class Queue:
    """What the topic holds, by the name of the pair. What was settled is there until the broker tidies up."""

    waiting: dict[str, ReviewItem] = field(default_factory=dict)
    settled: dict[str, ReviewItem] = field(default_factory=dict)
    settled_at: dict[str, datetime] = field(default_factory=dict)
    """When the hub said last that a pair waits no more; it says so of every pair that it took a word about."""

    def add(self, name: str, item: ReviewItem) -> None:
        """It waits, from now on or again."""
        self.settled.pop(name, None)
        self.waiting[name] = item

    def settle(self, name: str, at: datetime) -> None:
        """It waits no more. Whose children they are by now is not known here."""
        self.settled_at[name] = at
        if (item := self.waiting.pop(name, None)) is not None:
            self.settled[name] = replace(item, why=DECIDED, child_a="", child_b="", due_at=None)


async def read_queue(home: Home, running: Running) -> Queue:
    """Every pair that waits or has waited; a record that no worker of the hub signed is not taken."""
    ids = home.schema_ids()
    known = await directory.read_directory(home, running.bootstrap, ids)
    found = Queue()
    async with whole_topic(home, running.bootstrap, PRINCIPAL, _TOPIC) as records:
        async for record in records:
            name = (record.key or b"").decode()
            if record.value is None:
                found.settle(name, appended_at(record))
                continue
            opened = open_from_hub(wire_of(record), known, OpeningKeys.of({}), ids, appended_at(record))
            if isinstance(opened, OpenedMessage) and isinstance(opened.record, ReviewItem):
                found.add(name, opened.record)
    return found


def pairs_for(agency: AgencyId | None, items: Iterable[ReviewItem]) -> tuple[ReviewItem, ...]:
    """The pairs that somebody acting for this agency may see, the most urgent first."""
    seen = (item for item in items if item.reserved_for is None or item.reserved_for == agency)
    return tuple(sorted(seen, key=lambda item: (item.due_at or item.raised_at, item.pair_id)))


def the_pair(
    name: str,
    agency: AgencyId | None,
    items: Mapping[str, ReviewItem],
    standing: Callable[[], Iterable[ReviewItem]] = tuple,
) -> tuple[bool, ReviewItem]:
    """The one pair whose name begins so, and whether it waits: if none that waits does, one of those that stand.

    Raises:
        NoSuchPair: none does, or several do.
    """
    found = [item for item in pairs_for(agency, items.values()) if name and item.pair_id.startswith(name)]
    waits = bool(found)
    if not waits and name:
        found = [item for item in standing() if item.pair_id.startswith(name)]
    if not found:
        message = (
            f"no pair named {name} waits for you; see: homeward review list. It may have been decided already; "
            "records that do not wait, or do not wait any more: homeward review pairs EPISODE. Or name the two records "
            "that the decision printed: CLAIM+CLAIM"
        )
        raise NoSuchPair(message)
    if len(found) > 1:
        message = f"{len(found)} pairs have a name that begins with {name}; give more of it"
        raise NoSuchPair(message)
    return waits, found[0]
