"""The registry client registers, sets the rule, pins what comes back, and says what to do when refused."""

import copy
import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from schemas.codec import decode, encode
from schemas.errors import RegistryRefused, SchemaError
from schemas.records import ChildFound
from schemas.registry import LEVEL, SchemaRegistry, subject_of
from schemas.sources import NAMESPACE, Schema, newest, released
from tests.strategies import filled


class RegistryInMemory:
    """As much of Confluent's interface as the client uses, with ids in order of registration."""

    def __init__(self) -> None:
        self.levels: dict[str, str] = {}
        self.subjects: dict[str, list[int]] = {}
        self.schemas: list[str] = []
        self.writes = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.removeprefix("/api/").split("/")
        if parts[0] == "config":
            return self.config(request, parts[1] if len(parts) > 1 else "")
        self.writes += request.method == "POST"
        return self.versions(request, parts[1], parts[3:]) if parts[1:] else httpx.Response(200, json=[*self.subjects])

    def config(self, request: httpx.Request, subject: str) -> httpx.Response:
        if request.method == "PUT":
            self.levels[subject] = json.loads(request.content)["compatibility"]
        if subject not in self.levels:
            return httpx.Response(404, json={"error_code": 40408})
        return httpx.Response(200, json={"compatibilityLevel": self.levels[subject]})

    def versions(self, request: httpx.Request, subject: str, rest: list[str]) -> httpx.Response:
        ids = self.subjects.setdefault(subject, [])
        if request.method == "POST":
            return httpx.Response(200, json={"id": self.add(subject, json.loads(request.content)["schema"])})
        if not rest:
            return httpx.Response(200, json=list(range(1, len(ids) + 1)))
        schema_id = ids[int(rest[0]) - 1]
        return httpx.Response(200, json={"id": schema_id, "schema": self.schemas[schema_id - 1]})

    def add(self, subject: str, schema: str) -> int:
        if schema not in self.schemas:
            self.schemas.append(schema)
        schema_id = self.schemas.index(schema) + 1
        if schema_id not in self.subjects.setdefault(subject, []):
            self.subjects[subject].append(schema_id)
        return schema_id


def client(answer: Callable[[httpx.Request], httpx.Response]) -> SchemaRegistry:
    return SchemaRegistry("http://registry.test/api", transport=httpx.MockTransport(answer))


@pytest.fixture
def registry() -> RegistryInMemory:
    return RegistryInMemory()


def test_everything_released_is_registered_under_the_rule(registry: RegistryInMemory) -> None:
    with client(registry) as schemas:
        ids = schemas.register_released()
    assert registry.levels == dict.fromkeys(["", *map(subject_of, released())], LEVEL)
    assert sorted(registry.subjects) == sorted(map(subject_of, released()))
    record = filled(ChildFound)
    assert decode(encode(record, ids), ids) == record


def test_registering_again_writes_nothing_and_gives_the_same_ids(registry: RegistryInMemory) -> None:
    with client(registry) as schemas:
        first = schemas.register_released()
        writes = registry.writes
        assert schemas.register_released() == first
    assert registry.writes == writes


def test_a_registry_that_shortens_names_still_gives_our_schemas(registry: RegistryInMemory) -> None:
    with client(registry) as schemas:
        ids = schemas.register_released()
        outer = f'"namespace": "{NAMESPACE}"'
        registry.schemas = [
            text.replace(f", {outer}", "").replace('{"type"', f'{{{outer}, "type"', 1).replace(f'"{NAMESPACE}.', '"')
            for text in registry.schemas
        ]
        assert schemas.schema_ids() == ids


def test_subjects_are_named_by_topic_and_record() -> None:
    assert subject_of("MissingReported") == "inbound-homeward.MissingReported"
    assert subject_of("Notice") == "inbox-homeward.Notice"


def changed(schema: Schema, field: Mapping[str, object]) -> str:
    newer = copy.deepcopy(schema)
    newer["fields"].append(field)
    return json.dumps(newer)


def test_a_newer_version_in_the_registry_is_pinned_too(registry: RegistryInMemory) -> None:
    optional = {"name": "weather", "type": ["null", "string"], "default": None}
    with client(registry) as schemas:
        before = schemas.register_released()
        added = registry.add(subject_of("ChildFound"), changed(newest("ChildFound").schema, optional))
        after = schemas.schema_ids()
    assert added in after.writers
    assert after.id_of(ChildFound) == before.id_of(ChildFound)


def test_a_newer_version_that_does_not_agree_stops_the_start(registry: RegistryInMemory) -> None:
    with client(registry) as schemas:
        schemas.register_released()
        registry.add(
            subject_of("ChildFound"), changed(newest("ChildFound").schema, {"name": "weather", "type": "string"})
        )
        with pytest.raises(SchemaError, match="does not agree"):
            schemas.schema_ids()


def test_a_lowered_level_is_noticed(registry: RegistryInMemory) -> None:
    with client(registry) as schemas:
        schemas.register_released()
        registry.levels[subject_of("Notice")] = "NONE"
        with pytest.raises(RegistryRefused, match=r"inbox-homeward\.Notice: its compatibility level is not"):
            schemas.check_compatibility()


@pytest.mark.parametrize(
    "status,remedy",
    [
        (401, "name and password"),
        (403, "may write"),
        (404, "register"),
        (409, "compatible"),
        (422, "lint"),
        (500, "log"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, remedy: str) -> None:
    with client(lambda _: httpx.Response(status)) as schemas, pytest.raises(RegistryRefused, match=remedy):
        schemas.register_released()


def test_an_unreachable_registry_is_said_to_be_so() -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(request.url), request=request)

    with client(unreachable) as schemas, pytest.raises(RegistryRefused, match="check that the registry runs"):
        schemas.schema_ids()


def test_an_answer_that_is_not_json_is_refused() -> None:
    with client(lambda _: httpx.Response(200, text="<html>")) as schemas, pytest.raises(RegistryRefused):
        schemas.schema_ids()
