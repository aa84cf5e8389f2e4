"""The embedded broker lets in who should come in, and keeps what it was given."""

import asyncio
import contextlib
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy import pki, provision
from deploy.broker import HOST
from tests.kafka.conftest import NewTopicLike, RunningHub, running_hub


def handshake(hub: RunningHub, context: ssl.SSLContext | None) -> asyncio.Task[bytes]:
    """Connect, say something that is not Kafka, and read what comes back."""

    async def talk() -> bytes:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(HOST, hub.broker.port, ssl=context)
            try:
                writer.write(b"\x00\x00\x00\x04hey!")
                return await reader.read(1024)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    return asyncio.create_task(talk())


async def test_a_client_in_plain_text_hears_no_kafka(hub: RunningHub) -> None:
    with contextlib.suppress(ConnectionError):
        answer = await handshake(hub, None)
        assert answer == b"" or answer[0] == 21  # a TLS alert, if anything


async def test_a_client_without_a_certificate_is_refused(hub: RunningHub) -> None:
    context = ssl.create_default_context(cafile=str(pki.principal_files(hub.certificates, "intake").ca))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(hub, context)


async def test_a_certificate_of_another_authority_is_refused(hub: RunningHub, tmp_path: Path) -> None:
    pki.ensure(tmp_path, ("intake",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pki.principal_files(hub.certificates, "intake").ca)
    stranger = pki.principal_files(tmp_path, "intake")
    context.load_cert_chain(stranger.certificate, stranger.key)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(hub, context)


async def test_tls_1_2_is_refused(hub: RunningHub) -> None:
    context = pki.ssl_context(hub.certificates, "intake")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(hub, context)


async def test_the_broker_is_what_the_table_says(hub: RunningHub) -> None:
    assert await provision.verify(hub.administrator, hub.agencies) == ()


async def test_provisioning_again_changes_nothing(hub: RunningHub) -> None:
    await provision.provision(hub.administrator, hub.agencies)


async def test_a_record_is_stamped_with_the_brokers_time(hub: RunningHub, fresh_topic: NewTopicLike) -> None:
    topic = await fresh_topic("inbound")
    context = pki.ssl_context(hub.certificates, provision.ADMINISTRATOR)
    async with AIOKafkaProducer(
        bootstrap_servers=hub.bootstrap, security_protocol="SSL", ssl_context=context, enable_idempotence=True
    ) as producer:
        sent = await producer.send_and_wait(topic, b"said", timestamp_ms=1)
    assert sent.timestamp_type == 1
    assert sent.timestamp > 1


async def test_acknowledged_records_survive_a_kill(tmp_path: Path) -> None:
    async with running_hub(tmp_path, agencies=()) as hub:
        context = pki.ssl_context(hub.certificates, "trust")
        settings = {"security_protocol": "SSL", "ssl_context": context}
        async with AIOKafkaProducer(bootstrap_servers=hub.bootstrap, enable_idempotence=True, **settings) as producer:
            for number in range(100):
                await producer.send_and_wait("directory", b"%d" % number, key=b"%d" % number)
        await hub.broker.kill()
        await hub.broker.start()
        async with AIOKafkaConsumer(bootstrap_servers=hub.bootstrap, **settings) as consumer:
            partition = TopicPartition("directory", 0)
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            read: list[bytes] = []
            while len(read) < 100:
                async with asyncio.timeout(20):
                    batches = await consumer.getmany(partition, timeout_ms=1000)
                read += [record.value for records in batches.values() for record in records]
        assert read == [b"%d" % number for number in range(100)]


async def test_the_broker_stays_under_600_mib(hub: RunningHub) -> None:
    assert 0 < hub.broker.rss_mib() < 600


PARENT = """
import asyncio, sys
from pathlib import Path
from deploy.processes import ChildProcess, Program

async def main():
    child = ChildProcess(Program(name="child", command=("sleep", "600"), log_file=Path(sys.argv[1])))
    await child.start()
    print(child.pid, flush=True)
    await child.ended()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent's life")
def test_no_child_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own program, no shell
        [sys.executable, "-c", PARENT, str(tmp_path / "child.log")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
        child.wait(10)
    assert not child.is_running()
