"""A running hub takes changed rules on without a restart, refuses broken ones, and goes on by the last good ones.

The added row concerns unaccompanied children alone, of whom no other test on this hub tells.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hub.routing.rules import ROUTING_FILE, packaged_text
from schemas.records import Answer, Flag, FlagKind, MissingReported, Notice
from tests.kafka.way.judging import TOLD
from tests.kafka.way.town import PATIENCE, ROCHDALE, SALFORD, Town, missing_report

pytestmark = pytest.mark.timeout(180)

ROUTING = packaged_text(ROUTING_FILE)
TEAM = "exploitation_team"
ROW = f"""
[[row]]
id = "unaccompanied.{TEAM}"
when = ["reported_missing", "unaccompanied"]
while = ["open"]
role = "{TEAM}"
purpose = "exploitation_response"
classes = ["routing", "identity"]
urgency = "soon"
ask = "information"
words = "none"
must_be_told = false
source = "agreed for this test (c)"
"""


@pytest.fixture
def table(town: Town) -> Iterator[Path]:
    """Where a table of the hub's own is put; taken away again."""
    town.home.rules.mkdir(exist_ok=True)
    file = town.home.rules / ROUTING_FILE
    yield file
    take_away(file)


def put(file: Path, text: str) -> None:
    """Whole at once, as an editor or a deployment does it."""
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(file)


def take_away(file: Path) -> None:
    file.unlink(missing_ok=True)


def unaccompanied(name: str) -> MissingReported:
    report = missing_report(f"{name} {uuid4().hex[:6]}")
    assert report.person is not None
    return replace(report, person=replace(report.person, flags=(Flag(kind=FlagKind.UNACCOMPANIED, value=Answer.YES),)))


def of_team(town: Town, report: str) -> list[Notice]:
    """Notices to the team about the absence that this report opened."""
    (episode,) = {notice.episode_id for notice in town.notices(ROCHDALE, caused_by=[report]) if notice.desk == "duty"}
    opened = [town.opened(seen, ROCHDALE) for seen in town.inbox(ROCHDALE) if seen.header("ce_type") == "Notice"]
    found = [each for each in opened if isinstance(each, Notice)]
    return [each for each in found if each.desk == TEAM and each.episode_id == episode]


async def said(town: Town, words: str, times: int) -> None:
    """Return once the register has logged this so often; what stands in a file has to be looked for."""
    async with asyncio.timeout(PATIENCE):
        while (count := town.log("register").count(words)) < times:
            await asyncio.sleep(0.1)
            assert count <= times


async def test_a_changed_table_takes_effect_on_a_running_hub_and_a_broken_one_does_not(town: Town, table: Path) -> None:
    sender = town.shared_installation(SALFORD)
    changed, refused = (town.log("register").count(words) for words in ("rules_changed", "rules_refused"))
    pid = town.hub.supervisor.child("register").pid
    (before,) = await sender.send(unaccompanied("before"))
    await town.told(before, *TOLD)
    assert of_team(town, before) == [], "by the packaged rules nobody tells the team"

    put(table, ROUTING + ROW)
    await said(town, "rules_changed", changed + 1)
    await town.until(lambda: bool(of_team(town, before)), "the team told of a child that was missing already")
    (after,) = await sender.send(unaccompanied("after"))
    await town.told(after, *TOLD)
    await town.until(lambda: bool(of_team(town, after)), "the team told of a child reported since")

    put(table, ROUTING + ROW.replace("exploitation_response", "exploitation_respons"))
    await said(town, "rules_refused", refused + 1)
    line = next(line for line in town.log("register").splitlines() if "rules_refused" in line)
    wrong = (ROUTING + ROW).splitlines().index('purpose = "exploitation_response"', len(ROUTING.splitlines())) + 1
    assert ROUTING_FILE in line
    assert str(wrong) in line
    assert "exploitation_response" in line, "the nearest known word"
    (still,) = await sender.send(unaccompanied("still"))
    await town.told(still, *TOLD)
    await town.until(lambda: bool(of_team(town, still)), "the team told by the last good rules")

    take_away(table)
    await said(town, "rules_changed", changed + 2)
    for report in (before, after, still):
        await town.until(
            lambda report=report: any(str(each.kind) == "withdrawal" for each in of_team(town, report)),  # type: ignore[misc]
            "what the row told withdrawn, now that it is gone",
        )
    assert town.hub.supervisor.child("register").pid == pid, "nothing was restarted"
