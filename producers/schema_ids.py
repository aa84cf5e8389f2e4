"""The schema ids a publisher writes with: from its cache, so that it starts without the hub, or from the registry.

An id never changes its meaning, so a cache that holds every released schema is as good as the registry. One that
does not (a new release brought new schemas) is fetched again.
"""

import asyncio
import json
from pathlib import Path

import structlog

from producers.durable_file import replace_file
from producers.errors import CertificateEnded, NotYetConnected
from producers.installation import Installation
from schemas.errors import RegistryRefused, SchemaError
from schemas.ids import SchemaIds
from schemas.registry import SchemaRegistry

__all__ = ["known_schema_ids", "read_schema_ids", "write_schema_ids"]

log = structlog.get_logger(__name__)


async def known_schema_ids(installation: Installation) -> SchemaIds:
    """The ids for this installation, cached for next time.

    Raises:
        NotYetConnected: no usable cache, and the registry does not answer.
        CertificateEnded: the same, and this agency's own certificate has ended.
    """
    cached = read_schema_ids(installation.schema_ids_cache)
    return cached if cached is not None else await asyncio.to_thread(_fetched, installation)


def read_schema_ids(path: Path) -> SchemaIds | None:
    """The ids in a file of fingerprint to id; None if it is missing, unreadable or lacks a released schema."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return SchemaIds.from_mapping({int(number): str(print_) for print_, number in content.items()})
    except (OSError, ValueError, TypeError, AttributeError, SchemaError):
        return None


def write_schema_ids(path: Path, ids: SchemaIds) -> None:
    """Keep the ids in a file of fingerprint to id. A folder that takes nothing costs the next start a question."""
    content = {print_: number for number, print_ in sorted(ids.fingerprints().items())}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, json.dumps(content, indent=1).encode())
    except OSError as error:
        log.warning("schema_ids_not_cached", path=str(path), because=error.strerror)


def _fetched(installation: Installation) -> SchemaIds:
    try:
        with SchemaRegistry(installation.schema_registry, trust=installation.connection.ssl_context) as registry:
            ids = registry.schema_ids()
    except RegistryRefused as refused:
        none = f"no schema ids in the cache, and the registry does not give them ({refused.what})"
        if (hindrance := installation.connection.hindrance()) is not None:
            message = f"{none}: {hindrance}"
            raise CertificateEnded(message) from refused
        message = f"{none}; {refused.remedy}"
        raise NotYetConnected(message) from refused
    write_schema_ids(installation.schema_ids_cache, ids)
    return ids
