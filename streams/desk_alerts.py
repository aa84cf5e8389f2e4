"""Intake's words to duty desks: a message of yours was refused; messages in your name did not verify.

The first goes out beside the receipt and is a function of the message, as that is. The second is counted: the tally is
made durable before anything is sent by it, so a re-run says the very same, and a batch is told of together.
"""

from collections import defaultdict
from datetime import datetime

import structlog

from hub.desk_alerts import compose_alert, refusal_alert, verification_alert
from hub.failed_verification import Failure, counted, minute_of
from hub.hub_time import HubTimes
from hub.ids import AgencyId
from hub.messages import Refusal, WireMessage
from schemas.codec import SchemaIds
from schemas.records import DeskAlert
from streams.arrivals import Arrival
from streams.directory_feed import DirectoryFeed
from streams.intake_memory import IntakeMemory
from streams.secrets import HubSecrets

_log = structlog.get_logger()


class DeskAlerts:
    """Writes them for one intake worker."""

    def __init__(
        self, secrets: HubSecrets, ids: SchemaIds, directory: DirectoryFeed, memory: IntakeMemory, times: HubTimes
    ) -> None:
        self._secrets = secrets
        self._ids = ids
        self._directory = directory
        self._memory = memory
        self._times = times
        self._failures: dict[tuple[int, AgencyId], list[Arrival]] = defaultdict(list)

    def of_refusal(self, refusal: Refusal, arrival: Arrival) -> tuple[WireMessage, ...]:
        """What goes to the desk of a proven sender; what is not proven is noted, to be told with others."""
        at = arrival.appended_at
        agency = refusal.claimed_agency
        if not refusal.answerable and agency is not None and self._directory.current.is_connected(agency, at):
            self._failures[(arrival.partition, agency)].append(arrival)
        alert = refusal_alert(refusal, self._times.hub_time(at))
        return () if alert is None else self._sealed(alert, at)

    def of_failures(self) -> list[WireMessage]:
        """Count what was noted since the last call, and write what is told; to be sent once the table is durable."""
        noted, self._failures = self._failures, defaultdict(list)
        return [
            wire for (partition, agency), those in noted.items() for wire in self._tallied(partition, agency, those)
        ]

    def _tallied(self, partition: int, agency: AgencyId, arrivals: list[Arrival]) -> tuple[WireMessage, ...]:
        newest = arrivals[-1]
        elsewhere = self._memory.told_minute(agency, apart_from=partition)  # eight partitions, and one desk
        tally, is_told = counted(
            self._memory.tally(partition, agency),
            [Failure(each.offset, each.appended_at) for each in arrivals],
            is_minute_free=elsewhere < minute_of(newest.appended_at),
        )
        self._memory.keep_tally(newest, agency, tally)
        if not is_told:
            return ()
        return self._sealed(verification_alert(agency, partition, tally, self._times.hub_time), newest.appended_at)

    def _sealed(self, alert: DeskAlert, at: datetime) -> tuple[WireMessage, ...]:
        key = self._directory.current.sealing_key(AgencyId(alert.recipient), at)
        if key is None:
            _log.warning("no_key_for_alert", agency=alert.recipient)
            return ()
        secrets = self._secrets
        return (
            compose_alert(alert, seal_to=key, salt_secret=secrets.log_key, worker=secrets.worker, ids=self._ids),
        )  # fmt: skip
