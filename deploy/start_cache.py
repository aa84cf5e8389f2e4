"""Java's own work of a start (classes read, linked, profiled), kept for the next start of the same program.

The runtime from the wheel has no archive of classes at all, so that every start reads and links thousands of them
anew. An ahead-of-time cache (JEP 483, 514, 515) is written by Java itself when a first run ends in order, which then
takes about six seconds longer; later starts map it. It holds code of the jars that the lock pins and nothing of ours or
anybody's data. A cache that does not fit (other jars, another Java) is passed over by Java without harm.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

from deploy.runtime import Kafka, cache_dir

_FOLDER: Final = "start"


@dataclass(slots=True, kw_only=True)
class StartCache:
    """The cache of one program on this machine. One object a start."""

    file: Path
    _being_made: Path | None = field(default=None, init=False)

    @classmethod
    def of(cls, kafka: Kafka) -> Self:
        """The broker's: another one for every Java, what all of them are told, and every set of jars."""
        release = kafka.java.parent.parent / "release"
        made_by = release.read_text() if release.exists() else ""
        made_from = [str(kafka.java), made_by, os.environ.get("JAVA_TOOL_OPTIONS", ""), *map(str, kafka.jars)]
        name = hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:16]
        return cls(file=cache_dir() / _FOLDER / f"broker-{name}.aot")

    def options(self) -> tuple[str, ...]:
        """What to tell Java: to use the cache, or to make it when it ends."""
        if self.file.exists():
            self._being_made = None
            return (f"-XX:AOTCache={self.file}", "-Xlog:aot=off", "-Xlog:cds=off")
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._being_made = self.file.with_suffix(f".{uuid4().hex[:8]}")
        return (f"-XX:AOTCacheOutput={self._being_made}", "-Xlog:aot=off", "-Xlog:cds=off")

    def keep(self) -> None:
        """After the program ended: take what it made into use, if it got so far; remove what was left half made."""
        if (made := self._being_made) is None:
            return
        self._being_made = None
        if made.exists() and made.stat().st_size:
            made.replace(self.file)
        for left in made.parent.glob(f"{made.name}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
