"""Programs that know nothing of us read what we write, and write what we read."""

import asyncio
import json
import secrets
import shutil
import subprocess
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from deploy import pki
from deploy.home import PROCESSES
from deploy.provision import ADMINISTRATOR
from hub.ids import HUB
from hub.messages import WireMessage
from schemas.records import MissingReported, ReceiptOutcome
from schemas.sources import newest
from tests.kafka.way.judging import judge
from tests.kafka.way.town import ROCHDALE, SALFORD, Seen, Town, id_of, missing_report
from tests.unit.trust import independent_client

pytestmark = pytest.mark.timeout(300)


async def entry_of_a_report(town: Town) -> Seen:
    """A register entry, written by the running hub."""
    (report,) = await town.shared_installation(SALFORD).send(missing_report(f"read by others {uuid4().hex[:6]}"))
    await judge(town, SALFORD, [report])
    episode = town.notices(ROCHDALE, caused_by=[report])[0].episode_id.encode()
    await town.until(lambda: any(seen.key == episode for seen in town.seen["register"]), "a register entry")
    return next(seen for seen in town.seen["register"] if seen.key == episode)


# The client leaves its pooled connection to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_confluents_deserialiser_reads_the_register_through_the_registry(town: Town) -> None:
    entry = await entry_of_a_report(town)
    value = await asyncio.to_thread(read_by_confluent, town, entry)
    assert str(value["episode_id"]) == entry.key.decode()
    assert value["status"] == "missing"
    assert all(isinstance(block["ciphertext"], bytes) for block in value["blocks"])


def read_by_confluent(town: Town, entry: Seen) -> dict:  # type: ignore[type-arg] # as the client gives it
    registry = SchemaRegistryClient(
        {"url": town.hub.running.registry, "ssl.ca.location": str(town.hub.registry.certificate_authority)}
    )
    deserialise = AvroDeserializer(registry, conf={"subject.name.strategy": topic_record_subject_name_strategy})
    settings = pki.client_settings(town.home.agencies / ROCHDALE, ROCHDALE, town.hub.broker.bootstrap)
    consumer = Consumer({**settings, "group.id": f"inbox.{ROCHDALE}", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition("register", entry.partition, entry.offset)])
        message = consumer.poll(20)
        assert message is not None
        assert message.error() is None
        value = deserialise(message.value(), SerializationContext("register", MessageField.VALUE))
        assert isinstance(value, dict)
        return value
    finally:
        consumer.close()


async def test_the_cloudevents_sdk_reads_our_headers(town: Town) -> None:
    entry = await entry_of_a_report(town)
    event = from_binary(KafkaMessage(headers=dict(entry.headers), key=entry.key, value=entry.wire.value), JSONFormat())
    assert (event.get_id(), event.get_type(), event.get_source()) == (entry.id, "RegisterEntry", HUB)
    assert event.get_datacontenttype() == "application/vnd.confluent.avro"


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed (Debian: apt-get install kcat)")
async def test_kcat_reads_our_headers(town: Town) -> None:
    entry = await entry_of_a_report(town)
    settings = pki.client_settings(town.home.pki, ADMINISTRATOR, town.hub.broker.bootstrap)
    options = [
        part for key, value in settings.items() if key != "bootstrap.servers" for part in ("-X", f"{key}={value}")
    ]
    command = [
        "kcat", "-b", str(settings["bootstrap.servers"]), *options, "-C", "-e", "-q", "-t", "register",
        "-p", str(entry.partition), "-o", str(entry.offset), "-c", "1", "-f", "%h\n",
    ]  # fmt: skip
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True, timeout=30)
    assert f"ce_id={entry.id}" in done.stdout.decode().strip().split(",")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
@pytest.mark.parametrize("worker", PROCESSES)
async def test_promtool_accepts_the_metrics_of_every_process(town: Town, worker: str) -> None:
    await entry_of_a_report(town)
    with await asyncio.to_thread(urllib.request.urlopen, town.hub.running.metrics[worker], timeout=10) as answer:
        page = answer.read()
    command = ["promtool", "check", "metrics"]
    done = await asyncio.to_thread(subprocess.run, command, input=page, capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def foreign_message(town: Town, client: independent_client.Installation) -> WireMessage:
    """A report written by a client that was made from the page of the wire format alone."""
    schema = newest("MissingReported").schema
    fields = {field["name"]: field["default"] for field in schema["fields"] if "default" in field}
    topic, key, headers, value = client.message(
        record_type="MissingReported",
        fields=fields | {"child_ref": "F-1", "circumstances": "did not come back from the shop"},
        schema=json.dumps(schema),
        schema_id=town.ids.id_of(MissingReported),
        message_id=str(uuid4()),
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        salt=secrets.token_bytes(16),
        ephemeral=secrets.token_bytes(32),
    )
    return WireMessage(topic=topic, key=key, headers=tuple(headers), value=value)


async def test_a_record_of_an_independent_client_is_accepted_and_one_bit_changed_is_refused(town: Town) -> None:
    own = town.installation(ROCHDALE)
    hub_key = town.known.sealing_key(HUB, datetime.now(UTC))
    assert hub_key is not None
    client = independent_client.Installation(
        agency=ROCHDALE,
        key_id=own.signer.key_id,
        private_key=own.signer.private_key.private_bytes_raw(),
        hub_sealing_key=hub_key.public_key,
    )
    first, second = foreign_message(town, client), foreign_message(town, client)
    spoilt = replace(second, value=second.value[:-1] + bytes([second.value[-1] ^ 1]))
    await town.send(first, spoilt)
    receipt = await town.receipt(ROCHDALE, id_of(first))
    assert receipt.outcome is ReceiptOutcome.ACCEPTED_WITH_GAPS
    kept = await town.kept(spoilt)
    assert [finding.field for finding in kept.reasons] == ["signature"]
    assert not town.receipts(ROCHDALE, id_of(spoilt))
    assert not town.with_id("accepted", id_of(spoilt))
