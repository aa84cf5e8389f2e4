"""The mark that tells an outbox from an older copy of itself.

A small file *apart from* the outbox (so that one restore does not bring back both) holds the highest sequence
that may have left this machine under a key. It is written after the outbox has committed that sequence and
before the bytes are sent, hence an outbox is never behind its mark unless it was restored from a backup.
Sending on from there would sign other words under numbers already used, which the hub must take for a forgery.
A missing mark with a started chain is a restore on another machine: refused alike.
"""

import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from producers.durable_file import replace_file

__all__ = ["RestoreMark"]

_LAYOUT: Final = struct.Struct(">8sQI")
_MAGIC: Final = b"HWMARK01"


class RestoreMark:
    """The highest sequence under one signing key that may have been sent. One file a key."""

    def __init__(self, folder: Path, agency: str, key_id: str) -> None:
        """Name the file; nothing is read or written yet."""
        safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in f"{agency}.{key_id}")
        self.path = folder / f"{safe}.mark"
        self._descriptor: int | None = None

    def read(self) -> int | None:
        """The sequence marked; None if there is no mark, or one that cannot be trusted."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if len(content) != _LAYOUT.size:
            return None
        magic, sequence, check = _LAYOUT.unpack(content)
        return int(sequence) if magic == _MAGIC and check == zlib.crc32(content[:16]) else None

    def begin(self) -> None:
        """Make the mark for a new chain (sequence 0), durable before the chain is used."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self.path, _content(0))

    def raise_to(self, sequence: int) -> None:
        """Record that everything up to this sequence may be sent from now on (one write in place, synced)."""
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_WRONLY)
            os.pwrite(self._descriptor, _content(sequence), 0)
            os.fdatasync(self._descriptor)
        except OSError:
            with suppress(OSError):  # opened anew next time: a disk that came back is not seen by an old descriptor
                self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


def _content(sequence: int) -> bytes:
    head = _LAYOUT.pack(_MAGIC, sequence, 0)[:16]
    return head + zlib.crc32(head).to_bytes(4, "big")
