"""Tells the broker how fast each principal may go, and reads back what it believes.

confluent-kafka 2.16 and aiokafka 0.14 have no call that alters client quotas, and Kafka's own tool is a separate
artifact that starts a Java machine for every call (about a second). So the one request that is needed
(AlterClientQuotas, version 0) is described here, in aiokafka's own terms, and sent on its connection.
"""

import ssl
from collections.abc import Mapping
from typing import Any, Final

from aiokafka.conn import create_conn
from aiokafka.protocol.admin import DescribeClientQuotasRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String

from deploy.topics import Quota
from schemas.errors import HomewardError

USER: Final = "user"
DEFAULT: Final = None
"""The user that stands for everybody who is not named."""
_MATCH_ANY: Final = 2
_TIMEOUT_MS: Final = 15_000

_ENTITY: Final = ("entity", Array(("entity_type", String("utf-8")), ("entity_name", String("utf-8"))))


class QuotaRefused(HomewardError):
    """The broker did not take a quota; the message is the broker's."""


class _AlterClientQuotasResponse(Response):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("entries", Array(("error_code", Int16), ("error_message", String("utf-8")), _ENTITY)),
    )


class _AlterClientQuotasStruct(RequestStruct):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = _AlterClientQuotasResponse
    SCHEMA = Schema(
        (
            "entries",
            Array(_ENTITY, ("ops", Array(("key", String("utf-8")), ("value", Float64), ("remove", Boolean)))),
        ),
        ("validate_only", Boolean),
    )


class _AlterClientQuotas(Request[_AlterClientQuotasStruct]):  # type: ignore[misc]  # aiokafka is untyped
    API_KEY = 49

    def __init__(self, quotas: Mapping[str | None, Quota]) -> None:
        self._quotas = quotas

    def build(self, request_struct_class: type[_AlterClientQuotasStruct]) -> _AlterClientQuotasStruct:
        entries = [
            ([(USER, user)], [(key, value, False) for key, value in rates(quota).items()])
            for user, quota in self._quotas.items()
        ]
        return request_struct_class(entries, False)  # noqa: FBT003 - positional is the only way in


def rates(quota: Quota) -> dict[str, float]:
    """A quota in Kafka's words."""
    return {
        "producer_byte_rate": float(quota.producer_byte_rate),
        "consumer_byte_rate": float(quota.consumer_byte_rate),
        "request_percentage": float(quota.request_percentage),
    }


async def set_quotas(bootstrap: str, context: ssl.SSLContext, quotas: Mapping[str | None, Quota]) -> None:
    """Set the quota of each user; the user None is everybody who is not named.

    Raises:
        QuotaRefused: the broker said no; what it took before that stays.
    """
    response = await _ask(bootstrap, context, _AlterClientQuotas(quotas))
    for code, message, entity in response.entries:
        if code:
            text = f"the broker refused the quota of {entity}: error {code}, {message or 'no reason given'}"
            raise QuotaRefused(text)


async def read_quotas(bootstrap: str, context: ssl.SSLContext) -> dict[str | None, dict[str, float]]:
    """The rates of each user as the broker has them; the user None is everybody who is not named."""
    response = await _ask(bootstrap, context, DescribeClientQuotasRequest([(USER, _MATCH_ANY, None)], strict=True))
    if response.error_code:
        text = f"the broker did not list its quotas: error {response.error_code}, {response.error_message}"
        raise QuotaRefused(text)
    return {entity[0][1]: dict(values) for entity, values in response.entries}


async def _ask(bootstrap: str, context: ssl.SSLContext, request: Any) -> Any:  # noqa: ANN401 - aiokafka is untyped
    host, _, port = bootstrap.rpartition(":")
    connection = await create_conn(
        host,
        int(port),
        client_id="homeward-quotas",
        request_timeout_ms=_TIMEOUT_MS,
        ssl_context=context,
        security_protocol="SSL",
    )
    try:
        return await connection.send(request)
    finally:
        connection.close()
