"""Makes the broker agree with the table: topics, permissions, quotas; and says where it does not.

`provision` may be run at every start: what is there already stays, a setting that differs is set right, a permission of
the hub's principals that the table does not give is taken away. It never deletes a topic and never changes a number
of partitions (records of one key would move): that is refused with a message. Agencies' permissions are given by
`add_agency` and taken by `remove_agency`, at run time, and are otherwise left alone.
"""

import asyncio
import time
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from deploy import pki, quotas, topics
from deploy.topics import Acl, Agency, Topic
from schemas.errors import HomewardError

ADMINISTRATOR: Final = "admin"
TIMEOUT_SECONDS: Final = 20.0
SETTLED_WITHIN_SECONDS: Final = 10.0
"""What the controller has accepted, the broker knows a moment later (measured: up to half a second)."""
LOOK_AGAIN_SECONDS: Final = 0.05

_COORDINATOR_COMES_UP: Final = (
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
_RESOURCES: Final = {topics.Resource.TOPIC: ResourceType.TOPIC, topics.Resource.GROUP: ResourceType.GROUP}


class ProvisionError(HomewardError):
    """The broker cannot be made to agree with the table; the message says what differs and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One way in which the broker is not what the table says."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """A connection with every right, for set-up only; no worker has it."""

    bootstrap: str
    certificates: Path

    def client(self) -> AdminClient:
        """confluent-kafka's administrator client, quiet about brokers that come and go."""
        settings = pki.client_settings(self.certificates, ADMINISTRATOR, self.bootstrap)
        return AdminClient({**settings, "log_level": 0})


async def provision(administrator: Administrator, agencies: Iterable[Agency] = ()) -> None:
    """Create and correct everything the table says, for the hub and these agencies; then look again.

    Raises:
        ProvisionError: a topic has another number of partitions, or something differs still.
    """
    agencies = tuple(agencies)
    client = administrator.client()
    await asyncio.to_thread(_provision, client, agencies)
    context = pki.ssl_context(administrator.certificates, ADMINISTRATOR)
    users: dict[str | None, topics.Quota] = {user: topics.quota_of(user) for user in topics.principals()}
    users |= dict.fromkeys(topics.SUPER_USERS, topics.quotas()["hub"])
    users[quotas.DEFAULT] = topics.quotas()["agency"]
    await quotas.set_quotas(administrator.bootstrap, context, users)
    deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
    while differences := await verify(administrator, agencies):
        if time.monotonic() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            continue
        listed = "\n".join(f"  {row.what}: expected {row.expected}, found {row.found}" for row in differences)
        message = f"the broker at {administrator.bootstrap} does not agree with deploy/topics.toml:\n{listed}"
        raise ProvisionError(message)


async def verify(administrator: Administrator, agencies: Iterable[Agency] = ()) -> tuple[Difference, ...]:
    """Where the broker differs from the table; empty when all is well. Changes nothing."""
    found = await asyncio.to_thread(_differences, administrator.client(), tuple(agencies))
    context = pki.ssl_context(administrator.certificates, ADMINISTRATOR)
    told = await quotas.read_quotas(administrator.bootstrap, context)
    wanted: dict[str | None, topics.Quota] = {user: topics.quota_of(user) for user in topics.principals()}
    wanted[quotas.DEFAULT] = topics.quotas()["agency"]
    return found + tuple(
        Difference(what=f"quota of {user or 'everybody else'}", expected=str(rates), found=str(told.get(user)))
        for user, rates in ((user, quotas.rates(quota)) for user, quota in wanted.items())
        if told.get(user) != rates
    )


async def add_agency(administrator: Administrator, agency: Agency) -> None:
    """Give an agency its inbox and its permissions, or make them what they now should be (a grant come or gone).

    Its speed is the cluster's default. No worker restarts.
    """
    await add_agencies(administrator, [agency])


async def add_agencies(administrator: Administrator, agencies: Sequence[Agency]) -> None:
    """The same for several at once, in as few requests."""
    client = administrator.client()

    def give() -> None:
        _create_topics(client, [topics.inbox_topic(agency.id) for agency in agencies if agency.is_sender])
        given = [acl for agency in agencies for acl in topics.agency_acls(agency)]
        _set_acls(client, given, [agency.id for agency in agencies])

    await asyncio.to_thread(give)


async def remove_agency(administrator: Administrator, agency_id: str) -> None:
    """Take every permission of an agency away, at once (revocation); its inbox stays until its retention ends."""
    client = administrator.client()
    await asyncio.to_thread(_set_acls, client, (), [agency_id])


def _provision(client: AdminClient, agencies: Sequence[Agency]) -> None:
    _create_topics(client, topics.topics(agencies))
    _correct_settings(client, topics.topics(agencies))
    _set_acls(client, topics.acls(agencies), [*topics.principals(), *(agency.id for agency in agencies)])
    _wait_for_groups(client)


def _wait_for_groups(client: AdminClient) -> None:
    """Have the broker make its topic of groups' positions now, and not under the first worker that joins one."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        (told,) = client.describe_consumer_groups(["homeward-intake"], request_timeout=TIMEOUT_SECONDS).values()
        try:
            told.result(TIMEOUT_SECONDS)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return
            if error.args[0].code() not in _COORDINATOR_COMES_UP or time.monotonic() > deadline:
                raise
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return


def _results(futures: dict[Any, Future[Any]], *, unless: int | None = None) -> None:
    """Wait for each; an error with the code `unless` counts as done."""
    for future in futures.values():
        try:
            future.result(TIMEOUT_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != unless:
                raise


def _create_topics(client: AdminClient, wanted: Iterable[Topic]) -> None:
    there = client.list_topics(timeout=TIMEOUT_SECONDS).topics
    missing = [
        NewTopic(topic.name, num_partitions=topic.partitions, replication_factor=1, config=dict(topic.settings))
        for topic in wanted
        if topic.name not in there
    ]
    if not missing:
        return
    _results(client.create_topics(missing, operation_timeout=TIMEOUT_SECONDS), unless=KafkaError.TOPIC_ALREADY_EXISTS)
    names = {topic.topic for topic in missing}
    deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
    while names - set(client.list_topics(timeout=TIMEOUT_SECONDS).topics) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)


def _settings(client: AdminClient, wanted: Iterable[Topic]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic.name) for topic in wanted]
    told = client.describe_configs(resources, request_timeout=TIMEOUT_SECONDS)
    return {
        resource.name: {name: entry.value for name, entry in future.result(TIMEOUT_SECONDS).items()}
        for resource, future in told.items()
    }


def _correct_settings(client: AdminClient, wanted: Sequence[Topic]) -> None:
    told = _settings(client, wanted)
    wrong = []
    for topic in wanted:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in topic.settings.items()
            if told[topic.name].get(name) != value
        ]
        if entries:
            wrong.append(ConfigResource(ConfigResource.Type.TOPIC, topic.name, incremental_configs=entries))
    if wrong:
        _results(client.incremental_alter_configs(wrong, request_timeout=TIMEOUT_SECONDS))


def binding(acl: Acl) -> AclBinding:
    """A permission in confluent-kafka's words."""
    return AclBinding(
        _RESOURCES[acl.resource],
        acl.name,
        ResourcePatternType.PREFIXED if acl.is_prefix else ResourcePatternType.LITERAL,
        f"User:{acl.principal}",
        "*",
        AclOperation[acl.operation],
        AclPermissionType.ALLOW,
    )


# confluent-kafka says `str` for what it documents as "None: any".
_EVERY_ACL: Final = AclBindingFilter(
    ResourceType.ANY,
    None,  # type: ignore[arg-type]
    ResourcePatternType.ANY,
    None,  # type: ignore[arg-type]
    None,  # type: ignore[arg-type]
    AclOperation.ANY,
    AclPermissionType.ANY,
)


def _held(client: AdminClient, users: Container[str]) -> set[AclBinding]:
    told = client.describe_acls(_EVERY_ACL, request_timeout=TIMEOUT_SECONDS).result(TIMEOUT_SECONDS)
    return {row for row in told if row.principal in users}


def _set_acls(client: AdminClient, wanted: Iterable[Acl], of: Iterable[str]) -> None:
    """Make the permissions of these principals exactly `wanted`: new ones first, so that nobody is cut off between."""
    bindings = {binding(acl) for acl in wanted}
    users = {f"User:{principal}" for principal in of}
    held = _held(client, users)
    if fresh := list(bindings - held):
        _results(client.create_acls(fresh, request_timeout=TIMEOUT_SECONDS))
    if surplus := list(held - bindings):
        filters = [
            AclBindingFilter(
                row.restype,
                row.name,
                row.resource_pattern_type,
                row.principal,
                row.host,
                row.operation,
                row.permission_type,
            )
            for row in surplus
        ]
        _results(client.delete_acls(filters, request_timeout=TIMEOUT_SECONDS))
    deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
    while _held(client, users) != bindings and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)


def _differences(client: AdminClient, agencies: Sequence[Agency]) -> tuple[Difference, ...]:
    wanted = topics.topics(agencies)
    there = client.list_topics(timeout=TIMEOUT_SECONDS).topics
    found = []
    present = []
    for topic in wanted:
        partitions = len(there[topic.name].partitions) if topic.name in there else 0
        if partitions != topic.partitions:
            found.append(
                Difference(
                    what=f"topic {topic.name}",
                    expected=f"{topic.partitions} partitions",
                    found=f"{partitions} partitions",
                )
            )
        if partitions:
            present.append(topic)
    told = _settings(client, present) if present else {}
    found += [
        Difference(what=f"topic {topic.name}, {name}", expected=value, found=str(told[topic.name].get(name)))
        for topic in present
        for name, value in topic.settings.items()
        if told[topic.name].get(name) != value
    ]
    users = {f"User:{name}" for name in (*topics.principals(), *(agency.id for agency in agencies))}
    held = _held(client, users)
    bindings = {binding(acl) for acl in topics.acls(agencies)}
    found += [
        Difference(what=_said(row), expected="given", found="not given") for row in sorted(bindings - held, key=_said)
    ]
    found += [
        Difference(what=_said(row), expected="not given", found="given") for row in sorted(held - bindings, key=_said)
    ]
    return tuple(found)


def _said(row: AclBinding) -> str:
    mark = topics.PREFIX_MARK if row.resource_pattern_type == ResourcePatternType.PREFIXED else ""
    resource = ResourceType(row.restype).name.lower()
    return f"{row.principal} {AclOperation(row.operation).name} {resource} {row.name}{mark}"
