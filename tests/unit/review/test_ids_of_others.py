"""Ids of messages stand in clear on notices: another message under one of them changes nothing of its first sender."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from hub.deadlines.stages import raised_id
from hub.ids import HUB, AgencyId, ChildId, ClaimId, EpisodeId, EventId, assigned_id, episode_id
from hub.messages import OpenedMessage, Verdict, compose, compose_accepted, open_message
from hub.refusal import Reason, Refusal
from hub.signing import CHAIN_START
from schemas.records import (
    Address,
    CancelReason,
    DeadlineStage,
    EpisodeStatus,
    Person,
    ReceiptOutcome,
    Record,
    ReportCancelled,
)
from tests.unit.review.hub_in_memory import BEGAN, IDS, HubInMemory, signer
from tests.unit.streams.test_rebuild import MEMBERS, POLICE, ROCHDALE, minutes, report


def say_under(hub: HubInMemory, sender: AgencyId, record: Record, message_id: str) -> Refusal | None:
    """A message under an id that its sender chose, as intake passes it on; the refusal where it does not."""
    at = BEGAN + minutes(5)
    hub.broker.now = at
    wire = compose(
        record, ids=IDS, message_id=message_id, sender=sender, time=at, signer=signer(sender),
        seal_to=hub.directory.sealing_key(HUB, at), salt=sha256(message_id.encode()).digest()[:16],
        sequence=900, previous=CHAIN_START,
    )  # fmt: skip
    found = open_message(wire, hub.directory, hub._opening(), IDS, at)
    if isinstance(found, Refusal):
        return found
    assert isinstance(found, OpenedMessage)
    verdict = Verdict(
        outcome=ReceiptOutcome.ACCEPTED, findings=(), accepted_at=at, inbound_partition=0, inbound_offset=900,
        sender_kind=hub.directory.kind(sender),
    )  # fmt: skip
    passed = compose_accepted(wire, found, verdict, signer("intake-0"))
    hub.broker.append(passed.topic, passed.key, passed.value, passed.headers)
    return None


async def test_another_message_under_the_id_of_a_report_leaves_its_entry_as_it_is(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        hub.hears_the_time(BEGAN)
        first = hub.accept(ROCHDALE, report(0), BEGAN)
        await hub.settle()
        episode = episode_id(first, ROCHDALE)
        before = hub.entries()[episode]
        assert before.status is EpisodeStatus.MISSING
        assert first in {kept.header("ce_cause") for kept in hub.broker.all(f"inbox.{POLICE}")}
        other = Person(given_names="Quite", family_name="Another", home=Address(area_code=ROCHDALE))
        theirs = replace(report(7), child_ref="X-1", episode_ref="XE-1", person=other)
        assert say_under(hub, POLICE, theirs, first) is None
        await hub.settle()
        cancelled = ReportCancelled(child_ref="X-1", cancels=first, reason=CancelReason.ENTERED_IN_ERROR)
        hub.accept(POLICE, cancelled, BEGAN + minutes(6))
        await hub.settle()
        assert hub.entries()[episode] == before
        assert hub._secrets("register-0").keyring.child_of(episode) == hub.child(ROCHDALE, "R-0")


@pytest.mark.parametrize(
    "minted",
    [
        raised_id(EpisodeId("e"), "police_answer", BEGAN, DeadlineStage.DUE),
        assigned_id(ClaimId("c"), 2, ChildId("k")),
    ],
)
async def test_nobody_but_the_hub_may_give_an_id_that_the_hub_derives(tmp_path: Path, minted: EventId) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        refusal = say_under(hub, ROCHDALE, report(0), minted)
        assert refusal is not None
        assert (refusal.reason, refusal.answerable) == (Reason.ID_OF_THE_HUB, True)
        assert "version 7" in refusal.findings[0].remedy
