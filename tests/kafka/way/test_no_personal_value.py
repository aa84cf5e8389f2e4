"""Nothing personal is ever in clear: not in a log, a metric, a header, a topic, or any file that the hub keeps.

A child's name, address, NHS number and telephone number that stand nowhere else go through everything the hub does
with a report: accepted, refused, sent twice, failed on, told, and looked up. Then every byte is searched for them.
"""

import asyncio
import urllib.request
from pathlib import Path
from typing import Final

import pytest

from producers import Publisher
from schemas.codec import encode
from schemas.records import Address, Contact, Identifier, IdentifierKind, MissingReported, Person
from tests.faults.points import Action, Fault
from tests.kafka.way.judging import judge
from tests.kafka.way.town import ROCHDALE, SALFORD, Seen, Town, id_of, missing_report

pytestmark = pytest.mark.timeout(300)

CANARIES: Final = ("Zyxwanda", "Quaffelton", "19 Canary Wharfedale", "9434765919", "01632 960777", "quarried limestone")


def canary(number: int) -> MissingReported:
    """The canary's first report; later ones leave the NHS number out, so that each is news of another child."""
    given, family, line, nhs, telephone, circumstances = CANARIES
    person = Person(
        given_names=given,
        family_name=family,
        home=Address(line=line, area_code=ROCHDALE),
        identifiers=(Identifier(kind=IdentifierKind.NHS_NUMBER, value=nhs),) if number == 1 else (),
    )
    return missing_report(
        f"canary {number}",
        person=person,
        contact=Contact(name=f"{given} {family}", telephone=telephone),
        circumstances=circumstances,
    )


async def test_no_personal_value_is_anywhere_in_clear(town: Town) -> None:
    sender = town.installation(SALFORD)
    first = sender.write(canary(1))
    refused = sender.write_framed(encode(canary(2), town.ids)[:-2])
    await town.send(first, refused, first)
    await town.kept(refused)
    sent = await sender.send(canary(3))
    await judge(town, SALFORD, [id_of(first), *sent])
    with town.fault("identity", Fault(point="decide", action=Action.RAISE)):
        failing = await sender.send(canary(4))
        await judge(town, SALFORD, failing)
    with town.fault("register", Fault(point="say who was told", action=Action.RAISE)):
        failing = await sender.send(canary(5))
        await judge(town, SALFORD, failing)
    async with Publisher.open(town.profile(SALFORD)) as publisher:
        await (await publisher.send(canary(6))).receipt(timeout=60)

    assert not [seen.topic for each in town.seen.values() for seen in each if leaks(in_clear(seen))]
    for address in town.hub.running.metrics.values():
        assert not leaks(await asyncio.to_thread(page, address))
    searched, found = await asyncio.to_thread(search, town.home.folder)
    assert found == []
    assert {"broker", "registry", "keyring", "workers", "agencies"} <= searched


def leaks(data: bytes) -> bool:
    return any(form in data for word in CANARIES for form in (word.encode(), word.encode("utf-16-le")))


def in_clear(seen: Seen) -> bytes:
    """Everything of a record that its keeper, or a thief of its disk, can read."""
    return b"\n".join((seen.topic.encode(), seen.key, seen.value or b"", *(value for _, value in seen.headers)))


def page(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own worker, on loopback
        body: bytes = answer.read()
        return body


def search(folder: Path) -> tuple[set[str], list[str]]:
    """The parts of the folder that have files, and the files with a canary in them."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    found = [str(file.relative_to(folder)) for file in files if leaks(file.read_bytes())]
    return {file.relative_to(folder).parts[0] for file in files}, found
