"""A thin client of a schema registry that speaks Confluent's REST interface: registers, sets rules, pins ids.

Subjects follow TopicRecordNameStrategy, `<topic>-<record full name>`; all mailboxes share the subjects of `inbox`.
Every subject is set to FULL_TRANSITIVE before its first schema, and the level is read back, because a registry's
global level is laxer at first. Ids come back with the schema they stand for, and are accepted only if that schema
is one that was released here, or a newer one that agrees with all of ours. Who may write is the registry's own
matter; running one is for `deploy`.
"""

import json
import ssl
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from schemas.errors import RegistryRefused
from schemas.ids import SchemaIds
from schemas.sources import Released, Schema, fingerprint, full_name, released, sources

LEVEL: Final = "FULL_TRANSITIVE"
_TYPE: Final = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
_REMEDIES: Final = {
    401: "give the name and password of a principal that may write",
    403: "use a principal that may write; reading needs none",
    404: "register the schemas first, and check that the address ends in the Confluent path (/apis/ccompat/v7)",
    409: "a released version does not agree with this one: make the change compatible",
    422: "the registry does not take this as an Avro schema: run python -m schemas.lint",
}
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
        """Set the rules, register every released version in order, and read the ids back."""
        self.require_compatibility()
        for record, versions in released().items():
            for version in versions:
                self._register(subject_of(record), version)
        return self.schema_ids()

    def require_compatibility(self) -> None:
        """Set FULL_TRANSITIVE globally and for every subject, and make sure that it holds."""
        subjects = [f"/{subject_of(record)}" for record in released()]
        for subject in ["", *subjects]:
            self._ask("PUT", f"/config{subject}", subject.strip("/") or "all subjects", {"compatibility": LEVEL})
        self.check_compatibility()

    def check_compatibility(self) -> None:
        """Make sure that FULL_TRANSITIVE holds for every subject; needs no credentials."""
        for subject in map(subject_of, released()):
            found = self._ask("GET", f"/config/{subject}?defaultToGlobal=true", subject)
            if found.get("compatibilityLevel") != LEVEL:
                raise RegistryRefused(
                    subject=subject,
                    what=f"its compatibility level is {found.get('compatibilityLevel')}, not {LEVEL}",
                    remedy="register the schemas again as a principal that may write; somebody lowered it",
                )

    def schema_ids(self) -> SchemaIds:
        """The ids of all versions the registry has of our records, pinned to what they stand for."""
        known = {version.fingerprint for versions in released().values() for version in versions}
        pinned: dict[int, str] = {}
        newer: dict[int, Schema] = {}
        for record in released():
            for schema_id, schema in self._versions(subject_of(record)):
                if (found := fingerprint(schema)) in known:
                    pinned[schema_id] = found
                else:
                    newer[schema_id] = schema
        return SchemaIds.from_mapping(pinned, newer)

    def _versions(self, subject: str) -> Iterator[tuple[int, Schema]]:
        for number in self._ask("GET", f"/subjects/{subject}/versions", subject):
            version = self._ask("GET", f"/subjects/{subject}/versions/{number}", subject)
            try:
                yield int(version["id"]), json.loads(version["schema"])
            except (KeyError, TypeError, ValueError) as error:
                raise RegistryRefused(
                    subject=subject, what=f"version {number} is not a schema with an id", remedy=_UNUSABLE
                ) from error

    def _register(self, subject: str, version: Released) -> None:
        body = {"schema": json.dumps(version.schema, ensure_ascii=False), "schemaType": "AVRO"}
        self._ask("POST", f"/subjects/{subject}/versions", subject, body)

    def _ask(self, method: str, path: str, subject: str, body: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
        """The JSON that the registry answers; its shape is the registry's."""
        try:
            answer = self._client.request(method, path, json=body)
            if answer.is_success:
                return answer.json()
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
