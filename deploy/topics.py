"""The table `topics.toml`, read: topics, principals, the permissions that follow, and quotas.

It decides who may do what; `provision.py` tells the broker. Everything not in the table is denied, and `permissions`
lists both halves (every principal, every topic, every operation, allowed or not), so that the test of it can be
exhaustive. Agencies come and go at run time: their topic and their permissions are templates here.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hub.ids import HUB
from schemas.errors import HomewardError

AGENCY: Final = "{agency}"
SUPER_USERS: Final = ("broker", "admin")
"""The broker itself, and whoever sets it up: permitted everything, used for nothing else."""
PREFIX_MARK: Final = "*"

_UNITS: Final = {
    "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "KiB": 1024, "MiB": 1024**2,
}  # fmt: skip
_AMOUNT: Final = re.compile(r"(\d+)(ms|s|m|h|d|KiB|MiB)")
_AGENCY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""What `ce_source` can carry, without the dot, which means something in the name of a topic."""


class TableError(HomewardError):
    """`topics.toml` contradicts itself, or was asked for something that is not in it."""


class NotAnId(TableError):
    """What an agency is called cannot name its topics, its principal and its files."""


class Resource(StrEnum):
    """What a permission is about."""

    TOPIC = "topic"
    GROUP = "group"


class Operation(StrEnum):
    """Kafka's operations, as far as they apply to topics and groups."""

    READ = "READ"
    WRITE = "WRITE"
    CREATE = "CREATE"
    DELETE = "DELETE"
    ALTER = "ALTER"
    DESCRIBE = "DESCRIBE"
    DESCRIBE_CONFIGS = "DESCRIBE_CONFIGS"
    ALTER_CONFIGS = "ALTER_CONFIGS"


IMPLIES_DESCRIBE: Final = frozenset({Operation.READ, Operation.WRITE, Operation.DELETE, Operation.ALTER})
"""By Kafka's rule, whoever may do one of these may also see that the topic exists and where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it must be; `settings` are Kafka's own, in Kafka's units."""

    name: str
    partitions: int
    key: str
    holds: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl:
    """One permission given: this principal, this operation, on this name or on everything that begins with it."""

    principal: str
    resource: Resource
    name: str
    is_prefix: bool
    operation: Operation

    def covers(self, name: str) -> bool:
        """Whether the permission is about this topic or group."""
        return name.startswith(self.name) if self.is_prefix else name == self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How fast a principal may go: bytes a second, and per cent of one broker thread."""

    name: str
    producer_byte_rate: int
    consumer_byte_rate: int
    request_percentage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One cell of the table: may this principal do this with this topic?"""

    principal: str
    topic: str
    operation: Operation
    is_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Whom the templates are filled in for; `has_grant` as the directory says, `is_sender` false: a subscriber only."""

    id: str
    has_grant: bool = False
    is_sender: bool = True

    def __post_init__(self) -> None:
        """Refuse an id that could not be part of a topic's name, or would name one of the hub's own principals."""
        if not _AGENCY_ID.fullmatch(self.id) or self.id in (HUB, *principals(), *SUPER_USERS):
            message = (
                f"{self.id!r} cannot be an agency's id: expected 1 to 40 letters, digits, - or _, and none of the "
                f"hub's own names ({', '.join(principals())})"
            )
            raise NotAnId(message)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("deploy").joinpath("topics.toml").read_text())


def _amount(value: str | int) -> str:
    """A time or size in Kafka's unit (ms, bytes); anything else unchanged."""
    match = _AMOUNT.fullmatch(str(value))
    return str(int(match[1]) * _UNITS[match[2]]) if match else str(value)


def _topic(row: Mapping[str, Any], name: str) -> Topic:
    table = _table()
    layers = (table["defaults"], table["compacted"] if row.get("compacted") else {}, row.get("settings", {}))
    settings = {setting: _amount(value) for layer in layers for setting, value in layer.items()}
    return Topic(
        name=name,
        partitions=row["partitions"],
        key=row["key"],
        holds=row["holds"],
        settings=dict(sorted(settings.items())),
    )


@cache
def hub_topics() -> tuple[Topic, ...]:
    """Every topic that exists before any agency has joined."""
    return tuple(_topic(row, row["name"]) for row in _table()["topic"] if AGENCY not in row["name"])


def inbox_topic(agency_id: str) -> Topic:
    """The inbox of one agency."""
    (row,) = (row for row in _table()["topic"] if AGENCY in row["name"])
    return _topic(row, row["name"].replace(AGENCY, Agency(id=agency_id).id))


def inbox_group(agency_id: str) -> str:
    """The one consumer group that an agency's programs share for its inbox."""
    return f"inbox.{agency_id}"


def topics(agencies: Iterable[Agency] = ()) -> tuple[Topic, ...]:
    """Every topic, those of these agencies included; a subscriber has no inbox."""
    return (*hub_topics(), *(inbox_topic(agency.id) for agency in agencies if agency.is_sender))


@cache
def principals() -> tuple[str, ...]:
    """The hub's own principals; each needs a certificate with this common name."""
    return tuple(row["name"] for row in _table()["principal"] if row["name"] != AGENCY)


def acls_for(principal: str) -> tuple[Acl, ...]:
    """The permissions of one of the hub's own principals.

    Raises:
        TableError: no such principal; agencies are asked for by `agency_acls`.
    """
    if principal not in principals():
        message = f"{principal!r} is not in topics.toml; its principals are: {', '.join(principals())}"
        raise TableError(message)
    return tuple(acl for row in _table()["principal"] if row["name"] == principal for acl in _acls(row, principal))


def agency_acls(agency: Agency) -> tuple[Acl, ...]:
    """The permissions of one agency or subscriber."""
    rows = [row for row in _table()["principal"] if row["name"] == AGENCY]
    given = [row for row in rows if (agency.has_grant if row.get("when") == "grant" else agency.is_sender)]
    return tuple(dict.fromkeys(acl for row in given for acl in _acls(row, agency.id)))


def acls(agencies: Iterable[Agency] = ()) -> tuple[Acl, ...]:
    """Every permission given: the hub's principals and these agencies. The administrator needs none."""
    own = (acl for principal in principals() for acl in acls_for(principal))
    return (*own, *(acl for agency in agencies for acl in agency_acls(agency)))


def _acls(row: Mapping[str, Any], principal: str) -> Iterator[Acl]:
    columns = (
        ("reads", Resource.TOPIC, Operation.READ),
        ("writes", Resource.TOPIC, Operation.WRITE),
        ("settings_of", Resource.TOPIC, Operation.DESCRIBE_CONFIGS),
        ("watches", Resource.TOPIC, Operation.DESCRIBE),
        ("watches_groups", Resource.GROUP, Operation.DESCRIBE),
        ("groups", Resource.GROUP, Operation.READ),
    )
    for column, resource, operation in columns:
        for pattern in row.get(column, ()):
            name = pattern.replace(AGENCY, principal)
            yield Acl(
                principal=principal,
                resource=resource,
                name=name.removesuffix(PREFIX_MARK),
                is_prefix=name.endswith(PREFIX_MARK),
                operation=operation,
            )


def is_allowed(given: Iterable[Acl], *, principal: str, topic: str, operation: Operation) -> bool:
    """Whether these permissions let the principal do this with the topic, by Kafka's rules."""
    held = {
        acl.operation
        for acl in given
        if acl.resource is Resource.TOPIC and acl.principal == principal and acl.covers(topic)
    }
    describes = operation is Operation.DESCRIBE and not held.isdisjoint(IMPLIES_DESCRIBE)
    settings = operation is Operation.DESCRIBE_CONFIGS and Operation.ALTER_CONFIGS in held
    return operation in held or describes or settings


def permissions(agencies: Iterable[Agency] = ()) -> Iterator[Permission]:
    """Every principal, every topic, every operation, and whether it is allowed: the whole table, denials included."""
    agencies = tuple(agencies)
    given = acls(agencies)
    for principal in (*principals(), *(agency.id for agency in agencies)):
        for topic in topics(agencies):
            for operation in Operation:
                allowed = is_allowed(given, principal=principal, topic=topic.name, operation=operation)
                yield Permission(principal=principal, topic=topic.name, operation=operation, is_allowed=allowed)


@cache
def quotas() -> Mapping[str, Quota]:
    """The speeds by name; `agency` is the default of the cluster."""
    return {
        name: Quota(name=name, **{rate: int(_amount(value)) for rate, value in row.items()})
        for name, row in _table()["quota"].items()
    }


def quota_of(principal: str) -> Quota:
    """The speed of one of the hub's own principals; of anybody else, the default."""
    named = {row["name"]: row["quota"] for row in _table()["principal"]}
    return quotas()[named.get(principal, "agency")]
