"""What the sending side survives: a broker that goes and comes back, and a death of its own at any moment."""

import asyncio
import secrets
import sys
from pathlib import Path

import pytest

from producers import Publisher, read_installation
from producers.schema_ids import write_schema_ids
from schemas.codec import SchemaIds
from schemas.records import ChildReturned, MissingReported, ReturnInterviewOffered, RiskAssessed, RiskGrade
from tests.kafka.conftest import RunningHub, running_hub
from tests.kafka.producers import dying
from tests.kafka.producers.answering import AnsweringHub

PATIENCE = 40.0


@pytest.mark.timeout(180)
async def test_reports_kept_while_the_broker_is_down_go_out_by_risk_when_it_is_back(tmp_path: Path) -> None:
    async with running_hub(tmp_path) as hub:
        answering = AnsweringHub(hub)
        rochdale = answering.installation(tmp_path / "rochdale")
        await answering.publish_directory(rochdale)
        async with Publisher.open(rochdale) as publisher:
            await (await publisher.send(ChildReturned())).at_broker(PATIENCE)
            await hub.broker.kill()
            await asyncio.sleep(1.1)  # longer than a silent broker is trusted
            records = (
                ReturnInterviewOffered(),
                RiskAssessed(grade=RiskGrade.LOW),
                MissingReported(),
                RiskAssessed(grade=RiskGrade.HIGH),
            )
            handles = [await publisher.send(record) for record in records]
            assert {sent.durable_at for sent in handles} == {"outbox"}

            await hub.broker.start()
            async with answering.listening():
                for sent in handles:
                    assert (await sent.receipt(PATIENCE)).is_accepted
        assert [opened.type for _, opened in answering.arrived] == [
            "RiskAssessed",
            "MissingReported",
            "RiskAssessed",
            "ReturnInterviewOffered",
        ]
        assert answering.sequences == [2, 3, 4, 5]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
async def test_a_publisher_that_dies_while_it_sends_loses_nothing_and_repeats_itself_byte_for_byte(
    hub: RunningHub, tmp_path: Path, share: float
) -> None:
    answering = AnsweringHub(hub)
    profile = written_profile(tmp_path, answering)
    rochdale = read_installation(profile)
    await answering.publish_directory(rochdale)
    async with answering.listening():
        kept = await life_of_a_child_process(profile, share)
        async with Publisher.open(rochdale) as publisher:
            await publisher.answered(PATIENCE)
            last = await publisher.send(ChildReturned(child_ref="last"))
            await last.receipt(PATIENCE)

    values: dict[str, set[bytes]] = {}
    for wire, opened in answering.arrived:
        values.setdefault(opened.id, set()).add(wire.value)
    assert set(kept) <= values.keys()
    assert all(len(different) == 1 for different in values.values())
    sequences = {opened.sequence for _, opened in answering.arrived}
    assert sequences == set(range(1, len(sequences) + 1))


async def life_of_a_child_process(profile: Path, share: float) -> list[str]:
    """The ids that a publisher in a process of its own kept before it died, that far through its lines."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", dying.__name__, str(profile), str(share), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == dying.KILLED
    return [line.split()[1] for line in said.decode().splitlines() if line.startswith("kept ")]


def written_profile(folder: Path, answering: AnsweringHub) -> Path:
    """A profile file and its keys, as `homeward agency add` leaves them."""
    pki = answering.running.certificates
    for name, content in (("signing.key", secrets.token_bytes(32)), ("sealing.key", answering.agency_sealing)):
        file = folder / name
        file.touch(mode=0o600)
        file.write_bytes(content)
    write_schema_ids(folder / "cache" / "schema_ids.json", SchemaIds.local())
    profile = folder / "rochdale.toml"
    profile.write_text(
        f"""
agency = "E08000005"
name = "Rochdale"
bootstrap = "{answering.running.bootstrap}"
schema_registry = "https://127.0.0.1:1"
outbox = "outbox/reports.sqlite3"
outbox_mark = "marks"
cache = "cache"
tls = {{ ca = "{pki / "ca.crt"}", certificate = "{pki / "E08000005.crt"}", key = "{pki / "E08000005.key"}" }}
signing = {{ key_id = "rochdale-{secrets.token_hex(4)}", private_key = "signing.key" }}
sealing = {{ key_id = "rochdale-seal", private_key = "sealing.key", suite = 1 }}
hub = {{ trust_key = "{answering.trust.public_key.hex()}" }}
"""
    )
    return profile
