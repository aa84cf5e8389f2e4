"""The Java side is exactly what the lock names, or it is not used."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import runtime
from deploy.own_thread import each, in_own_thread

ADDRESS = re.compile(r"\w+://")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOMEWARD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    class Nowhere:
        def __init__(self, **_options: object) -> None:
            pass

        def project(self, group: str, name: str) -> object:
            asked.append(f"{group}:{name}")
            raise ConnectionError

    monkeypatch.setattr("jgo.maven.MavenContext", Nowhere)
    return asked


def test_every_artifact_is_locked_by_digest_and_by_no_address() -> None:
    artifacts = runtime.locked_artifacts()
    assert all(re.fullmatch(r"[0-9a-f]{64}", artifact.sha256) for artifact in artifacts)
    assert not ADDRESS.search(runtime.LOCK.read_text())


def test_the_lock_holds_this_broker_and_this_registry() -> None:
    coordinates = {artifact.coordinate for artifact in runtime.locked_artifacts()}
    assert {
        "org.apache.kafka:kafka_2.13:4.4.0",
        "org.apache.kafka:kafka-clients:4.4.0",
        "io.apicurio:apicurio-registry-app:3.3.3",
    } <= coordinates


def test_no_python_lock_holds_an_address() -> None:
    root = Path(__file__).resolve().parents[2]
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (root / lock).read_text()
        assert not ADDRESS.search(text)
        assert text.count("--hash=sha256:") > text.count("==")


def test_a_jar_that_is_not_the_locked_one_is_refused_and_removed(cache: Path) -> None:
    artifact = runtime.locked_artifacts()[0]
    for jar in runtime.locked_artifacts():
        (cache / "kafka" / jar.file_name).parent.mkdir(parents=True, exist_ok=True)
        (cache / "kafka" / jar.file_name).write_bytes(b"something else")
    with pytest.raises(runtime.DigestDiffers, match="refused and removed") as caught:
        runtime.kafka()
    assert caught.value.coordinate == artifact.coordinate
    assert caught.value.expected == artifact.sha256
    assert not (cache / "kafka" / artifact.file_name).exists()


@pytest.mark.usefixtures("cache")
def test_without_a_network_the_error_says_what_to_do(nothing_is_downloaded: list[str]) -> None:
    with pytest.raises(runtime.ArtifactNotFetched, match="Is the network reachable"):
        runtime.kafka()
    assert nothing_is_downloaded


def test_a_registry_that_is_there_is_not_fetched_again(cache: Path, nothing_is_downloaded: list[str]) -> None:
    (archive,) = (row for row in runtime.locked_artifacts() if row.packaging == "tar.gz")
    folder = cache / f"registry-{archive.version}-{archive.sha256[:12]}"
    folder.mkdir(parents=True)
    assert runtime.registry().folder == folder
    assert nothing_is_downloaded == []
    shutil.rmtree(folder)


def test_a_download_that_stands_still_is_not_waited_for(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program ends at once when it is broken off, though a thread of it would wait for a minute."""
    code = """
import asyncio, threading
import jgo.maven
from deploy import runtime
from deploy.own_thread import in_own_thread

class StandsStill:
    def __init__(self, **_options): pass
    def project(self, group, name): threading.Event().wait()

async def broken_off():
    jgo.maven.MavenContext = StandsStill
    async with asyncio.timeout(1):
        await in_own_thread(runtime.kafka, lambda step, done, of: print(step, done, of, flush=True))

asyncio.run(broken_off())
"""
    monkeypatch.chdir(Path(__file__).parents[2])
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own
    assert "fetching Kafka" in done.stdout
    assert done.stderr.rstrip().endswith("TimeoutError")
    assert list(cache.rglob("*")) == [], "nothing is left behind"


async def test_what_a_thread_finds_and_how_far_it_is_comes_to_who_waits() -> None:
    told: list[tuple[str, int, int]] = []

    def work(progress: runtime.Progress) -> str:
        progress("step", 1, 2)
        return "found"

    assert await in_own_thread(work, lambda *said: told.append(said)) == "found"
    assert told == [("step", 1, 2)]
    with pytest.raises(ZeroDivisionError):
        await in_own_thread(lambda _progress: 1 // 0, runtime.no_progress)


def test_of_several_things_each_is_done_and_the_first_failure_ends_it() -> None:
    assert sorted(each(str, range(20), at_once=3)) == [(number, str(number)) for number in range(20)]
    with pytest.raises(ValueError, match="invalid literal"):
        list(each(int, ["1", "x", "2"], at_once=1))


def test_kafkas_command_names_java_the_jars_and_the_main_class() -> None:
    kafka = runtime.Kafka(java=Path("/j/java"), jars=(Path("/a.jar"), Path("/b.jar")))
    assert kafka.command("kafka.Kafka", "x.properties", options=("-Xmx1m",)) == [
        "/j/java",
        "-Xmx1m",
        "-cp",
        "/a.jar:/b.jar",
        "kafka.Kafka",
        "x.properties",
    ]
