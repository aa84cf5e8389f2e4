"""An agency that joined after something happened is told of it, sealed to the key that it has now."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from schemas.records import Acknowledged, Acknowledgement, AgencyKind, DirectoryEntry, NoticeRef
from tests.unit.review import hub_in_memory
from tests.unit.review.hub_in_memory import BEGAN, HubInMemory, Member
from tests.unit.streams.test_rebuild import POLICE, ROCHDALE, minutes, report

COUNCIL = Member(id=ROCHDALE, kind=AgencyKind.AUTHORITY, areas=(ROCHDALE,), grant=(ROCHDALE,))


def joined_at(when: datetime) -> DirectoryEntry:
    """The force as the directory lists it that joined at a time."""
    entry = hub_in_memory._entry(Member(id=POLICE, kind=AgencyKind.POLICE))
    return replace(
        entry,
        valid_from=when,
        signing_keys=tuple(replace(key, valid_from=when) for key in entry.signing_keys),
        sealing_keys=tuple(replace(key, valid_from=when) for key in entry.sealing_keys),
    )


async def look_at_everybody(hub: HubInMemory) -> None:
    """What a change of the directory sets off."""
    for register in hub.registers():
        register._directory.current = hub.directory
        for partition in range(8):
            for child in list(register._store.children(partition)):
                await register._look_again(partition, child)


@pytest.mark.parametrize("acknowledged_after", [False, True])
async def test_whoever_joins_is_told_of_what_happened_before(tmp_path: Path, *, acknowledged_after: bool) -> None:
    async with HubInMemory(tmp_path, (COUNCIL,)) as hub:
        hub.hears_the_time(BEGAN + minutes(20))
        hub.accept(ROCHDALE, report(0), BEGAN)
        await hub.settle()
        refs = tuple(NoticeRef(notice_id=name, episode_id=n.episode_id) for name, n in hub.inbox(ROCHDALE).items())
        hub.directory = hub.directory.with_entry(joined_at(BEGAN + minutes(5)))
        await look_at_everybody(hub)
        at = BEGAN + minutes(20 if acknowledged_after else 8)
        hub.accept(ROCHDALE, Acknowledged(pairs=refs, layer=Acknowledgement.OPENED, role="duty", occurred_at=at), at)
        await hub.settle()
        await look_at_everybody(hub)
        assert hub.inbox(POLICE)
