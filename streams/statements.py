"""Statements: a process that says of every mailbox what it holds, every half minute, and sees whether it is polled.

It reads the inboxes by the ids in the headers, opens nothing, and holds no key but the one it signs with. Statements
are what a mailbox's reader checks that nothing was withheld by, and its sign that the hub lives; a reader that polls
moves its position over them, so that a mailbox which nobody polls is known within a minute, before a child depends on
it. What nobody has read of a mailbox when the broker is about to drop it is sent again (`second_sending`). No report
passes through here: when it stands still, everything else goes on.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from hub.delivery import silent_mailboxes
from hub.ids import AgencyId
from hub.mailbox import Account
from hub.messages import Refusal, WireMessage, WorkerKey, open_from_hub
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, MailboxStatement
from streams.broker_clock import CLOCK, BrokerClock
from streams.directory_feed import DirectoryFeed
from streams.mailbox_statements import INBOX, Mailbox, Mailboxes, statement
from streams.metrics import MAILBOXES_SILENT, STATEMENTS
from streams.rules_feed import RulesFeed
from streams.second_sending import SecondSending
from streams.settings import WorkerSettings, secret_bytes
from streams.start import run_beside
from streams.stretches import AT_ITS_END_MS, POLL_MILLISECONDS, headers_of, stretch

NAME: Final = "homeward-statements"
_LOOK_SECONDS: Final = 5.0
"""How often new mailboxes and readers' positions are looked for."""
_LOOKS_WHILE_IT_AGES: Final = 600
"""How often what lies unread is looked at until it is old: every hour of 25 days."""
_READ_BACK: Final = 2_000
"""Records before the end of a mailbox among which its newest statement is looked for first."""
_NO_KEYS: Final = OpeningKeys.of({})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_log = structlog.get_logger()


class Statements:
    """Follows every mailbox, states it, and looks at its readers."""

    def __init__(self, settings: WorkerSettings, ids: SchemaIds) -> None:
        self._settings = settings
        self._ids = ids
        self._worker = WorkerKey.from_bytes(settings.signing_key_id, secret_bytes(settings.signing_key))
        self._rules = RulesFeed(settings.rules, settings.data_dir / NAME / "rules")
        tls = settings.ssl_context()
        self._connection = {"bootstrap_servers": settings.bootstrap, "security_protocol": "SSL", "ssl_context": tls}
        self._directory = DirectoryFeed(
            settings.bootstrap, tls, settings.trust_key.read_bytes(), ids, settings.instance
        )
        self._clock = BrokerClock()
        self._mailboxes = Mailboxes()
        self._second = SecondSending(self._connection)
        self._began: datetime | None = None
        self._silent: frozenset[AgencyId] = frozenset()

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with AsyncExitStack() as stack:
            self._consumer = AIOKafkaConsumer(**self._connection, group_id=None, enable_auto_commit=False)
            self._producer = AIOKafkaProducer(**self._connection, acks="all", enable_idempotence=True)
            self._admin = AIOKafkaAdminClient(**self._connection)
            for part, end in (
                (self._directory, self._directory.stop),
                (self._consumer, self._consumer.stop),
                (self._producer, self._producer.stop),
                (self._admin, self._admin.close),
            ):
                await part.start()
                stack.push_async_callback(end)
            await self.look()
            _log.info("worker_ready", worker=NAME, instance=self._settings.instance)
            working = [asyncio.create_task(each()) for each in (self._read_and_state, self._look_on, self._send_again)]
            stopping = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([*working, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in (*working, stopping):
                task.cancel()
            await asyncio.gather(*working, stopping, return_exceptions=True)
            for task in done & set(working):
                task.result()

    async def look(self) -> None:
        """Ask the time, find new mailboxes, see how far the readers of each have come, and say who is silent."""
        await self._ask()
        self._rules.look()
        now = self._clock.now()
        self._began = self._began or now
        await self._find_mailboxes()
        for mailbox in self._mailboxes.by_agency.values():
            place = TopicPartition(mailbox.topic, 0)
            told = await self._admin.list_consumer_group_offsets(mailbox.group, partitions=[place])
            position = told[place].offset
            mailbox.saw_position(position if position >= 0 else None, now)
        self._tell_silence(now)

    def _tell_silence(self, now: datetime) -> None:
        directory = self._directory.current
        rules = self._rules.current.delivery
        silent = silent_mailboxes(self._mailboxes.polled(), now, self._began or now, directory, rules)
        counts = Counter(each.kind for each in silent)
        for kind in AgencyKind:
            MAILBOXES_SILENT.labels(kind.value).set(counts[kind])
        known, self._silent = self._silent, frozenset(each.agency for each in silent)
        for each in silent:
            if each.agency not in known:
                _log.warning("mailbox_silent", agency=each.agency, remedy=each.text)
        for agency in known - self._silent:
            _log.info("mailbox_polled_again", agency=agency)

    async def _read_and_state(self) -> None:
        """Count what arrives, and state each mailbox when it is time."""
        while True:
            for place, records in (await self._consumer.getmany(timeout_ms=POLL_MILLISECONDS)).items():
                mailbox = self._mailboxes.by_agency[_agency(place)]
                for record in records:
                    mailbox.take(record.offset, headers_of(record))
            await self.state_those_due()

    async def state_those_due(self) -> None:
        """State every mailbox whose time has come and of which everything is counted."""
        now = self._clock.now()
        due = self._mailboxes.due(now)
        if not due:
            return
        ends = await self._consumer.end_offsets([TopicPartition(mailbox.topic, 0) for mailbox in due])
        sent = []
        for mailbox in due:
            if mailbox.account.end < ends[TopicPartition(mailbox.topic, 0)]:
                continue
            wire = statement(mailbox, now, self._worker, self._ids)
            mailbox.stated_at = now
            sent.append(await self._producer.send(wire.topic, wire.value, key=wire.key, headers=list(wire.headers)))
        await asyncio.gather(*sent)
        STATEMENTS.inc(len(sent))

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look()
            except KafkaError as error:
                _log.warning("mailboxes_not_looked_at", error=type(error).__name__)

    async def _send_again(self) -> None:
        """Send again what grows old unread, in the mailboxes of those who still belong here."""
        looked_at: datetime | None = None
        while True:
            now, after = self._clock.now(), self._rules.current.delivery.sent_again_after
            if looked_at is None or now - looked_at >= after / _LOOKS_WHILE_IT_AGES:
                known, looked_at = self._mailboxes.by_agency, now
                members = [known[agency] for agency in sorted(known) if self._directory.current.is_member(agency, now)]
                try:
                    await self._second.send(members, self._producer, now - after)
                except KafkaError as error:
                    _log.warning("mail_not_sent_again", error=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _ask(self) -> None:
        """Ask the broker what time it is."""
        sent = self._clock.count()
        answer = await self._producer.send_and_wait(CLOCK, b"", key=self._settings.instance.encode())
        self._clock.heard(sent, self._clock.count(), _EPOCH + timedelta(milliseconds=answer.timestamp))

    async def _find_mailboxes(self) -> None:
        known = self._mailboxes.by_agency
        topics = sorted(topic for topic in await self._consumer.topics() if topic.startswith(INBOX))
        new = [AgencyId(topic.removeprefix(INBOX)) for topic in topics]
        new = [agency for agency in new if agency not in known]
        if not new:
            return
        accounts = await self._accounts(new)
        for agency, account in accounts.items():
            known[agency] = Mailbox(agency=agency, account=account)
        self._consumer.assign([TopicPartition(mailbox.topic, 0) for mailbox in known.values()])
        for mailbox in known.values():
            self._consumer.seek(TopicPartition(mailbox.topic, 0), mailbox.account.end)

    async def _accounts(self, agencies: Sequence[AgencyId]) -> dict[AgencyId, Account]:
        """Where the newest statement of each mailbox leaves off; else what is left of the mailbox, from its start."""
        places = {TopicPartition(f"{INBOX}{agency}", 0): agency for agency in agencies}
        async with AsyncExitStack() as stack:
            reader = AIOKafkaConsumer(
                **self._connection, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=AT_ITS_END_MS
            )
            await reader.start()
            stack.push_async_callback(reader.stop)
            reader.assign(list(places))  # all at once: of topics that it does not know it would learn one in 0.1 s
            reader.pause(*places)
            begins, ends = await reader.beginning_offsets(places), await reader.end_offsets(places)
            found: dict[AgencyId, Account] = {}
            for back in (_READ_BACK, None):
                missing = [place for place, agency in places.items() if agency not in found]
                starts = {place: _from(begins[place], ends[place], back) for place in missing}
                async for place, record in stretch(reader, starts, ends):
                    if (account := self._stated(record)) is not None:
                        found[places[place]] = account
        return {agency: found.get(agency, Account(end=begins[place])) for place, agency in places.items()}

    def _stated(self, record: Any) -> Account | None:  # noqa: ANN401 - aiokafka has no types
        """The account of a record that is a genuine statement of its own mailbox."""
        if headers_of(record).get("ce_type") != b"MailboxStatement":
            return None
        wire = WireMessage(
            topic=record.topic, key=record.key or b"", headers=list(record.headers), value=record.value or b""
        )
        when = _EPOCH + timedelta(milliseconds=record.timestamp)
        opened = open_from_hub(wire, self._directory.current, _NO_KEYS, self._ids, when)
        if isinstance(opened, Refusal) or not isinstance(opened.record, MailboxStatement):
            _log.error("statement_not_genuine", offset=record.offset)
            return None
        return Account.of(opened.record) if opened.record.mailbox == record.topic.removeprefix(INBOX) else None


def _from(begin: int, end: int, back: int | None) -> int:
    return begin if back is None else max(begin, end - back)


def _agency(place: TopicPartition) -> AgencyId:
    return AgencyId(place.topic.removeprefix(INBOX))


async def run(settings: WorkerSettings, ids: SchemaIds) -> None:
    """Run the process with these settings."""
    await Statements(settings, ids).run()


if __name__ == "__main__":
    run_beside(NAME, run)
