"""TLS towards the hub by files of this machine, which are read again at a connection where they have changed.

A certificate lives for 90 days and is renewed by putting another file in its place. A program that runs for months
would go on with the one that it read when it started, and be refused when that has ended. So the files are looked at
whenever a connection begins, whoever begins it: the Kafka client by itself, or the client of the schema registry.
"""

import ssl
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

import structlog

_Stamp: TypeAlias = tuple[tuple[int, int, int], ...]
_log: Final = structlog.get_logger(__name__)


def _nothing() -> str:
    """The pass phrase of a key: none, so that an encrypted one is refused, and nobody asked at a terminal."""
    return ""


class RenewedTls(ssl.SSLContext):
    """TLS 1.3 with a certificate of our own; the other side's is verified, its name included. Make it with `of`."""

    _authority: Path
    _certificate: Path
    _key: Path
    _read: _Stamp
    _refused: _Stamp | None
    certificate_pem: bytes
    """The certificate as it was last read."""

    @classmethod
    def of(cls, *, authority: Path, certificate: Path, key: Path) -> Self:
        """Read the files.

        Raises:
            OSError: one of them cannot be read, they do not belong together, or the key is encrypted (`ssl.SSLError` is
                one).
        """
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context._authority, context._certificate, context._key = authority, certificate, key
        context._refused = None
        context._read = context._stamp()
        context._load()
        return context

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401 - as it is in `ssl`
        """Begin a connection of asyncio's."""
        self.look()
        return super().wrap_bio(*arguments, **options)

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:  # noqa: ANN401 - as it is in `ssl`
        """Begin a connection of a program that blocks."""
        self.look()
        return super().wrap_socket(*arguments, **options)

    def look(self) -> None:
        """Read the files again if they have changed.

        Where they cannot be used (half of them is written yet), what was read before holds on, and they are looked at
        again at the next connection; each state of them is complained of once.
        """
        try:
            stamp = self._stamp()
            if stamp == self._read:
                return
            self._load()
        except OSError as error:
            stamp = self._stamp_or_nothing()
            if stamp != self._refused:
                _log.warning(
                    "renewed_certificate_not_usable", file=str(self._certificate), error=type(error).__name__,
                    remedy="certificate, key and authority must belong together; the earlier ones are used meanwhile",
                )  # fmt: skip
            self._refused = stamp
            return
        self._read, self._refused = stamp, None
        _log.info("renewed_certificate_read", file=str(self._certificate))

    def _load(self) -> None:
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # what is not usable would spoil what this one holds
        for context in (trial, self):
            context.load_verify_locations(self._authority)
            context.load_cert_chain(self._certificate, self._key, password=_nothing)
        self.certificate_pem = self._certificate.read_bytes()

    def _stamp(self) -> _Stamp:
        found = [file.stat() for file in (self._authority, self._certificate, self._key)]
        return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)

    def _stamp_or_nothing(self) -> _Stamp:
        try:
            return self._stamp()
        except OSError:
            return ()
