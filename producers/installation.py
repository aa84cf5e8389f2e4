"""One installation of an agency, ready to send: who, to where, with which keys, kept in which files."""

from dataclasses import dataclass, field
from pathlib import Path

from hub.ids import AgencyId
from hub.sealing import OpeningKeys
from hub.signing import Signer
from producers.connection import Connection

__all__ = ["Installation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What a publisher needs to know, with its keys already read. Made by `profile.read_installation`."""

    agency: AgencyId
    agency_name: str
    """As people say it."""
    connection: Connection
    signer: Signer
    """This installation's own signing key: no other program may use it at the same time."""
    opening_keys: OpeningKeys = field(repr=False)
    """Opens what the hub seals to the agency."""
    trust_key: bytes
    """32 bytes, public: the hub's directory is signed by it."""
    schema_registry: str
    """Base address of the registry's Confluent interface."""
    outbox: Path
    marks: Path
    """Folder of the restore marks, apart from the outbox."""
    cache: Path
    """Folder of what can be had again: the signed directory, schema ids."""
    telephone: str | None = None
    """A number of the desk that is answered, for reports in which none is given."""

    @property
    def directory_cache(self) -> Path:
        """The directory as last verified, still signed."""
        return self.cache / "directory.signed"

    @property
    def schema_ids_cache(self) -> Path:
        """Schema ids by fingerprint, as JSON."""
        return self.cache / "schema_ids.json"
