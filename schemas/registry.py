"""A thin client of a schema registry that speaks Confluent's REST interface: registers, sets rules, pins ids.

Subjects follow TopicRecordNameStrategy, `<topic>-<record full name>`; all mailboxes share the subjects of `inbox`.
Every subject is set to FULL_TRANSITIVE before its first schema, and the level is read back, because a registry's
global level is laxer at first. Ids come back with the schema they stand for, and are accepted only if that schema
is one that was released here, or a newer one that agrees with all of ours. Who may write is the registry's own
matter; running one is for `deploy`.
"""

import json
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx

from schemas.errors import RegistryRefused
from schemas.ids import SchemaIds
from schemas.sources import Released, Schema, fingerprint, full_name, released, sources

Json = Any
"""What the registry answers; its shape is the registry's."""

LEVEL: Final = "FULL_TRANSITIVE"
_TYPE: Final = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
_REMEDIES: Final = {
    401: "give the name and password of a principal that may write",
    403: "use a principal that may write; reading needs none",
    404: "register the schemas first, and check that the address ends in the Confluent path (/apis/ccompat/v7)",
    409: "a released version does not agree with this one: make the change compatible",
    422: "the registry does not take this as an Avro schema: run python -m schemas.lint",
}
_ALL: Final = "all subjects"
_ASKED_AT_ONCE: Final = 6
_AskedT = TypeVar("_AskedT")
_AnswerT = TypeVar("_AnswerT")
_UNUSABLE: Final = "check that the registry runs, its address, and the certificate it is trusted by"


def subject_of(record: str) -> str:
    """The subject of a record: its topic (`inbox` for every mailbox) and its full name."""
    topic = str(sources()[record]["topic"]).partition(".<")[0]
    return f"{topic}-{full_name(record)}"


class SchemaRegistry:
    """One registry. Use as a context manager; all calls block.

    `address` is the base of Confluent's interface, `trust` a TLS context that trusts the registry, `credentials`
    name and password where schemas are to be written. Every method raises RegistryRefused, which says what to do.
    """

    def __init__(
        self,
        address: str,
        *,
        trust: ssl.SSLContext | None = None,
        credentials: tuple[str, str] | None = None,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=address,
            verify=trust if trust is not None else True,
            auth=credentials,
            timeout=timeout,
            transport=transport,
            headers=_TYPE,
        )

    def __enter__(self) -> Self:
        """Open the connection pool."""
        self._client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self._client.__exit__(kind, error, trace)

    def register_released(self) -> SchemaIds:
        """Set the rules, register in order every released version that is missing, and read the ids back."""
        self.require_compatibility()
        held = self._held()
        missing = [versions for record in held if (versions := tuple(_missing(record, held[record])))]
        _at_once(self._register, missing)
        return _pinned(self._held() if missing else held)

    def require_compatibility(self) -> None:
        """Set FULL_TRANSITIVE globally and for every subject, wherever it is not set, and make sure that it holds."""
        if lax := list(self._subjects_without_level()):
            _at_once(self._set_level, lax)
            self.check_compatibility()

    def check_compatibility(self) -> None:
        """Make sure that FULL_TRANSITIVE is set globally and for every subject; needs no credentials."""
        for subject in self._subjects_without_level():
            raise RegistryRefused(
                subject=subject or _ALL,
                what=f"its compatibility level is not {LEVEL}",
                remedy="register the schemas again as a principal that may write; somebody lowered it",
            )

    def _subjects_without_level(self) -> Iterator[str]:
        """Subjects whose own level is not ours; an empty one stands for the global level."""
        subjects = ["", *map(subject_of, released())]
        levels = _at_once(self._level, subjects)
        return (subject for subject, level in zip(subjects, levels, strict=True) if level != LEVEL)

    def _level(self, subject: str) -> object:
        found = self._ask("GET", f"/config/{subject}".rstrip("/"), subject or _ALL, absent={})
        return found.get("compatibilityLevel")

    def _set_level(self, subject: str) -> None:
        self._ask("PUT", f"/config/{subject}".rstrip("/"), subject or _ALL, {"compatibility": LEVEL})

    def schema_ids(self) -> SchemaIds:
        """The ids of all versions the registry has of our records, pinned to what they stand for."""
        return _pinned(self._held())

    def _held(self) -> dict[str, dict[int, Schema]]:
        """Every version that the registry has, by record and id."""
        known = frozenset(self._ask("GET", "/subjects", _ALL))
        there = {record: subject for record in released() if (subject := subject_of(record)) in known}
        found = dict(zip(there, _at_once(self._versions, there.values()), strict=True))
        return {record: found.get(record, {}) for record in released()}

    def _versions(self, subject: str) -> dict[int, Schema]:
        return dict(self._read_versions(subject))

    def _read_versions(self, subject: str) -> Iterator[tuple[int, Schema]]:
        for number in self._ask("GET", f"/subjects/{subject}/versions", subject, absent=[]):
            version = self._ask("GET", f"/subjects/{subject}/versions/{number}", subject)
            try:
                yield int(version["id"]), json.loads(version["schema"])
            except (KeyError, TypeError, ValueError) as error:
                raise RegistryRefused(
                    subject=subject, what=f"version {number} is not a schema with an id", remedy=_UNUSABLE
                ) from error

    def _register(self, versions: Sequence[Released]) -> None:
        """Register versions of one record, in order."""
        for version in versions:
            subject = subject_of(version.record)
            body = {"schema": json.dumps(version.schema, ensure_ascii=False), "schemaType": "AVRO"}
            self._ask("POST", f"/subjects/{subject}/versions", subject, body)

    def _ask(
        self, method: str, path: str, subject: str, body: Mapping[str, str] | None = None, absent: Json | None = None
    ) -> Json:
        """The JSON that the registry answers, or `absent`, where it is given, for what the registry does not have."""
        try:
            answer = self._client.request(method, path, json=body)
            if answer.is_success:
                return answer.json()
            if answer.status_code == HTTPStatus.NOT_FOUND and absent is not None:
                return absent
        except (httpx.HTTPError, ValueError) as error:
            raise RegistryRefused(
                subject=subject,
                what=f"no usable answer to {method} ({type(error).__name__})",
                remedy=_UNUSABLE,
            ) from error
        raise RegistryRefused(
            subject=subject,
            what=f"{method} was answered {answer.status_code}",
            remedy=_REMEDIES.get(answer.status_code, "look at the registry's own log"),
        )


def _at_once(ask: Callable[[_AskedT], _AnswerT], about: Iterable[_AskedT]) -> list[_AnswerT]:
    """Ask several things at a time, which a registry that has just started answers sooner; the answers in order."""
    with ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="schema-registry") as threads:
        return list(threads.map(ask, about))


def _missing(record: str, held: Mapping[int, Schema]) -> Iterator[Released]:
    """Released versions of a record that are not among those held, oldest first."""
    present = {fingerprint(schema) for schema in held.values()}
    return (version for version in released()[record] if version.fingerprint not in present)


def _pinned(held: Mapping[str, Mapping[int, Schema]]) -> SchemaIds:
    """Ids pinned to our released versions, and to newer ones where the registry has them."""
    known = {version.fingerprint for versions in released().values() for version in versions}
    pinned: dict[int, str] = {}
    newer: dict[int, Schema] = {}
    for schemas in held.values():
        for schema_id, schema in schemas.items():
            if (found := fingerprint(schema)) in known:
                pinned[schema_id] = found
            else:
                newer[schema_id] = schema
    return SchemaIds.from_mapping(pinned, newer)
