"""The table itself: complete, consistent, and deny by default."""

import re
from datetime import timedelta

import pytest

from deploy import topics
from deploy.topics import Agency, Operation, TableError
from hub.delivery import packaged_delivery_rules

COUNCIL = Agency(id="E08000005")
GRANTED = Agency(id="E08000006", has_grant=True)
SUBSCRIBER = Agency(id="chronicle", has_grant=True, is_sender=False)
EVERYBODY = (COUNCIL, GRANTED, SUBSCRIBER)
CELLS = tuple(topics.permissions(EVERYBODY))


def allowed(principal: str, operation: Operation) -> set[str]:
    return {
        cell.topic for cell in CELLS if cell.principal == principal and cell.operation is operation and cell.is_allowed
    }


def test_every_cell_of_the_table_is_listed() -> None:
    principals = len(topics.principals()) + len(EVERYBODY)
    assert len(CELLS) == principals * len(topics.topics(EVERYBODY)) * len(Operation)


def test_an_agency_writes_reports_and_reads_only_its_own_inbox() -> None:
    assert allowed(COUNCIL.id, Operation.WRITE) == {"inbound"}
    assert allowed(COUNCIL.id, Operation.READ) == {f"inbox.{COUNCIL.id}", "directory"}


def test_unread_mail_is_sent_again_five_days_before_the_broker_drops_it() -> None:
    (inbox,) = (topic for topic in topics.topics((COUNCIL,)) if topic.name == f"inbox.{COUNCIL.id}")
    kept = timedelta(milliseconds=int(inbox.settings["retention.ms"]))
    assert kept - packaged_delivery_rules().sent_again_after == timedelta(days=5)


def test_a_grant_adds_the_register_and_nothing_else() -> None:
    without = {f"inbox.{GRANTED.id}", "directory"}
    assert allowed(GRANTED.id, Operation.READ) == without | {"register", "register.keys"}
    assert allowed(GRANTED.id, Operation.WRITE) == {"inbound"}


def test_a_subscriber_writes_nothing_and_has_no_inbox() -> None:
    assert allowed(SUBSCRIBER.id, Operation.WRITE) == set()
    assert allowed(SUBSCRIBER.id, Operation.READ) == {"register", "register.keys", "directory"}
    assert f"inbox.{SUBSCRIBER.id}" not in {topic.name for topic in topics.topics(EVERYBODY)}


def test_who_reads_by_headers_writes_nothing() -> None:
    assert allowed("ledger", Operation.WRITE) == set()


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.DELETE, Operation.ALTER, Operation.ALTER_CONFIGS])
def test_nobody_in_the_table_may_change_a_topic(operation: Operation) -> None:
    assert not [cell for cell in CELLS if cell.operation is operation and cell.is_allowed]


def test_only_the_registry_touches_its_journal() -> None:
    for cell in CELLS:
        if cell.topic.startswith("registry.") and cell.is_allowed:
            assert cell.principal == "schema-registry"


def test_only_the_trust_key_s_holder_writes_the_directory() -> None:
    assert {c.principal for c in CELLS if c.topic == "directory" and c.is_allowed} >= {"trust"}
    assert [p for p in (*topics.principals(), COUNCIL.id) if "directory" in allowed(p, Operation.WRITE)] == ["trust"]


def test_every_permission_is_about_something_that_exists() -> None:
    names = [topic.name for topic in topics.topics(EVERYBODY)]
    for acl in topics.acls(EVERYBODY):
        if acl.resource is topics.Resource.TOPIC:
            assert any(acl.covers(name) for name in names), acl


def test_every_topic_has_a_reader_and_a_writer_but_the_unused() -> None:
    unused = {"insight": "written", "review": "written", "registry.snapshots": "read", "registry.events": "written"}
    for topic in topics.topics(EVERYBODY):
        cells = [cell for cell in CELLS if cell.topic == topic.name and cell.is_allowed]
        done = {cell.operation for cell in cells} & {Operation.READ, Operation.WRITE}
        assert len(done) == 2 or topic.name in unused, topic.name


def test_times_and_sizes_are_in_kafkas_units() -> None:
    for topic in topics.topics(EVERYBODY):
        for setting, value in topic.settings.items():
            if setting.endswith((".ms", ".bytes")):
                assert re.fullmatch(r"-1|\d+", value), (topic.name, setting)


def test_what_agencies_send_is_small_and_not_compressed() -> None:
    (inbound,) = (topic for topic in topics.hub_topics() if topic.name == "inbound")
    assert inbound.settings["max.message.bytes"] == str(128 * 1024)
    assert inbound.settings["compression.type"] == "uncompressed"
    assert inbound.settings["message.timestamp.type"] == "LogAppendTime"


@pytest.mark.parametrize("name", ["homeward-intake-ids-changelog", "register", "register.keys"])
def test_an_erased_record_is_off_the_disk_within_a_day(name: str) -> None:
    (topic,) = (topic for topic in topics.hub_topics() if topic.name == name)
    hour = 3_600_000
    assert topic.settings["cleanup.policy"] == "compact"
    assert int(topic.settings["segment.ms"]) + int(topic.settings["max.compaction.lag.ms"]) < 24 * hour


@pytest.mark.parametrize("name", ["", "a.b", "../x", "intake", "admin", "broker", "E0800 0005", "x" * 64])
def test_a_name_that_could_mislead_is_no_agency(name: str) -> None:
    with pytest.raises(TableError):
        Agency(id=name)


def test_an_unknown_principal_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(TableError, match="its principals are: intake"):
        topics.acls_for("intacke")


def test_an_agency_is_slower_than_the_hub() -> None:
    assert topics.quota_of(COUNCIL.id).producer_byte_rate < topics.quota_of("intake").producer_byte_rate
