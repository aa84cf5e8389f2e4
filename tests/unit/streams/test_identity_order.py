"""In a batch of identity reports go before what says only that mailboxes were fetched, wherever each stood."""

from pathlib import Path

import pytest

from schemas.records import Acknowledged, Acknowledgement, NoticeRef
from tests.unit.review.hub_in_memory import Broker, Pairs
from tests.unit.streams.test_rebuild import CHILDREN, NOW, POLICE, ROCHDALE, minutes, report, told_hub


async def test_a_report_does_not_wait_for_what_was_fetched_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told_hub(tmp_path) as hub:
        later = NOW + minutes(1)
        told = tuple(NoticeRef(notice_id=name, episode_id=said.episode_id) for name, said in hub.inbox(POLICE).items())
        assert told
        hub.accept(POLICE, Acknowledged(pairs=told, layer=Acknowledgement.FETCHED, occurred_at=later), later)
        hub.accept(ROCHDALE, report(CHILDREN), later)
        sent: list[str] = []
        append = Broker.append

        def noted(broker: Broker, topic: str, key: bytes, value: bytes | None, headers: Pairs) -> object:
            said = list(headers)
            if topic == "events":
                sent.append((dict(said)["ce_type"] or b"").decode())
            return append(broker, topic, key, value, said)

        monkeypatch.setattr(Broker, "append", noted)
        assert await hub.identify()
    assert sent[:2] == ["ClaimAssigned", "MissingReported"]
    assert set(sent[2:]) == {"EventBatch"}
