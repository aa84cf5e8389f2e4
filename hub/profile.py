"""What a program of an agency needs to reach the hub: addresses, certificate, keys, outbox, inbox. Pure.

A profile is written by `homeward agency add` as TOML; the rooms read the file and hand the mapping over. Every key is
known here: an unknown one is an error that names the nearest known, because a misspelt key that is silently ignored
fails at three in the morning. Paths stay text: who read the file resolves them against its folder.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from typing import Any, Final, Self, TypeVar, get_args, get_type_hints

from hub.suites import PREFERRED, SealingSuite
from schemas.errors import HomewardError


class ProfileInvalid(HomewardError):
    """A profile with a key that is missing, unknown or of the wrong type; `where` is a dotted path."""

    def __init__(self, *, where: str, problem: str, remedy: str) -> None:
        """Keep the parts and say them in one line, without the value."""
        self.where = where
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"profile: {where} {problem}; {remedy}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Paths of PEM files: the authority trusted, the client certificate, its private key."""

    ca: str
    certificate: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningFile:
    """The installation's signing key: its id in the directory, and the path of its 32 raw private bytes."""

    key_id: str
    private_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingFile:
    """The agency's sealing key: its id in the directory, the path of its private bytes, its HPKE suite."""

    key_id: str
    private_key: str
    suite: int = PREFERRED.value

    def __post_init__(self) -> None:
        """Refuse a suite that this release does not have."""
        if self.suite not in frozenset(SealingSuite):
            known = ", ".join(f"{suite.value} ({suite.name})" for suite in SealingSuite)
            raise ProfileInvalid(where="sealing.suite", problem="is not known", remedy=f"use one of: {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTrust:
    """The hub's trust key (64 hexadecimal digits, Ed25519, public), given to the agency out of band."""

    trust_key: str

    def __post_init__(self) -> None:
        """Refuse what is no public key."""
        digits = len(self.trust_key) == _TRUST_KEY_DIGITS
        if not digits or not frozenset(self.trust_key) <= frozenset("0123456789abcdef"):
            remedy = "write the 64 lower-case hexadecimal digits that the hub's operators gave you"
            raise ProfileInvalid(where="hub.trust_key", problem="is not a public key", remedy=remedy)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the key."""
        return bytes.fromhex(self.trust_key)


_TRUST_KEY_DIGITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSettings:
    """How this agency reads its mailbox: consumer group, the reader's own signing key, its memory of handled ids."""

    group: str | None = None
    signing: SigningFile | None = None
    memory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One installation of one agency.

    `outbox` is the path of the outbox' SQLite file, `outbox_mark` of the mark by which a restored outbox is found
    out, `cache` of a folder for schema ids and the directory. `telephone` is a number of the agency's desk that is
    answered: the call-back number of reports in which none is given.
    """

    agency: str
    bootstrap: str
    schema_registry: str
    tls: TlsFiles
    signing: SigningFile
    sealing: SealingFile
    hub: HubTrust
    outbox: str
    name: str | None = None
    telephone: str | None = None
    outbox_mark: str | None = None
    cache: str | None = None
    inbox: InboxSettings = InboxSettings()

    @property
    def inbox_group(self) -> str:
        """The consumer group of the inbox: one name for all readers of the agency, unless told otherwise."""
        return self.inbox.group or f"inbox.{self.agency}"

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The profile that a TOML file's content is.

        Raises:
            ProfileInvalid: a key is missing, unknown or of the wrong type; names the nearest known key.
        """
        return _read(cls, mapping, "")


_PartT = TypeVar("_PartT")


def _read(part: type[_PartT], mapping: Mapping[str, Any], path: str) -> _PartT:
    known = {field.name: field for field in fields(part)}  # type: ignore[arg-type]  # only dataclasses come here
    hints = get_type_hints(part)
    for key in mapping:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {path}{near[0]}?" if near else f"known here: {', '.join(sorted(known))}"
            raise ProfileInvalid(where=f"{path}{key}", problem="is not a known key", remedy=hint)
    for name, field in known.items():
        if name not in mapping and field.default is MISSING:
            remedy = "run `homeward agency add` to write a complete profile, or add the key"
            raise ProfileInvalid(where=f"{path}{name}", problem="is missing", remedy=remedy)
    return part(**{name: _value(hints[name], value, f"{path}{name}") for name, value in mapping.items()})


def _value(hint: Any, value: object, where: str) -> object:  # noqa: ANN401 - a type hint has no narrower type
    wanted = next(one for one in (*get_args(hint), hint) if one is not type(None))
    if isinstance(value, Mapping) and wanted not in {str, int}:
        return _read(wanted, value, f"{where}.")
    if wanted not in {str, int} or type(value) is not wanted:
        shape = {str: "text in quotes", int: "a whole number"}.get(wanted, f"a table [{where}]")
        raise ProfileInvalid(where=where, problem="has the wrong type", remedy=f"expected {shape}")
    return value
