"""Writes `jgo.lock.toml`: which Java artifacts the broker and the registry consist of, each with its SHA-256.

Run by a maintainer when a version changes (`python -m deploy.java_lock`), never on a user's machine: there
`deploy.runtime` takes exactly what the lock names. The log binder and the registry are resolved one by one and
appended, because resolving the binder together with Kafka silently takes kafka-clients back to 3.9.1 (the broker
then dies with NoSuchMethodError), and because the registry is an archive, which jgo would read as a jar.
"""

import hashlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import jgo
from jgo.env import LockedDependency, LockFile
from jgo.maven import Artifact, MavenContext

from deploy.runtime import LOCK

KAFKA: Final = "org.apache.kafka:kafka_2.13:4.4.0"


def _alone(context: MavenContext) -> tuple[Artifact, ...]:
    binder = context.project("org.apache.logging.log4j", "log4j-slf4j-impl").at_version("2.25.5")
    registry = context.project("io.apicurio", "apicurio-registry-app").at_version("3.3.3")
    return binder.artifact(), registry.artifact(classifier="all", packaging="tar.gz")


def _locked(artifact: Artifact) -> LockedDependency:
    return LockedDependency(
        artifact.groupId,
        artifact.artifactId,
        artifact.version,
        packaging=artifact.packaging,
        classifier=artifact.classifier or None,
        sha256=hashlib.sha256(artifact.resolve().read_bytes()).hexdigest(),
    )


def write_lock(lock: Path = LOCK) -> int:
    """Resolve everything afresh and write the lock; returns the number of artifacts in it."""
    with TemporaryDirectory() as scratch:
        environment = jgo.build(KAFKA, update=True, cache_dir=Path(scratch) / "environments")
        locked = environment.lockfile
        if locked is None:
            message = f"jgo wrote no lock for {KAFKA}"
            raise RuntimeError(message)
        context = MavenContext(timeout=60, repo_cache=Path(scratch) / "alone")
        dependencies = [*locked.dependencies, *(_locked(artifact) for artifact in _alone(context))]
        LockFile(dependencies, min_java_version=locked.min_java_version).save(lock)
        return len(dependencies)


if __name__ == "__main__":
    sys.stdout.write(f"{write_lock()} artifacts in {LOCK.name}\n")
