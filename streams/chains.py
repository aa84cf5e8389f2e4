"""The chains of signing keys as intake keeps them: how far each has come, and which numbers have not come.

Every message whose signature verified takes its place in its chain, accepted or refused. Gaps are kept beside the
chains; a task looks at them now and then, so that one that stays open is alarmed though nothing more arrives.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

import structlog

from hub.chain import Chained, Step, advance, chain_findings
from hub.chain_gaps import Gap, alarmed, filled, still_kept, with_gap
from schemas.records import Finding
from streams.arrivals import Arrival
from streams.intake_memory import IntakeMemory
from streams.metrics import CHAIN_FORKS, CHAIN_GAPS

_LOOK_EVERY: Final = 1.0
"""Seconds."""
_log = structlog.get_logger()


class Chains:
    """Keeps them for one intake worker."""

    def __init__(self, memory: IntakeMemory, partitions: int) -> None:
        self._memory = memory
        self._partitions = partitions

    def take(self, arrival: Arrival, signer: str, message: Chained) -> tuple[Finding, ...]:
        """Give a proven message its place; what its sender is told of that. The same once more changes nothing."""
        if message.sequence is None:
            return ()
        known = self._memory.chain(arrival, signer)
        step = advance(known, message)
        gaps = self._memory.gaps_beside(arrival)
        now = filled(gaps, signer, message.sequence)
        if step.step is Step.GAP and known is not None:
            missing = Gap(signer=signer, first=known.sequence + 1, last=message.sequence - 1, since=arrival.appended_at)
            _log.warning(
                "chain_gap", signer=signer, first=missing.first, last=missing.last, partition=arrival.partition
            )
            now = with_gap(still_kept(now, arrival.appended_at), missing)
        if step.step is Step.FORK:
            _log.error(
                "chain_forked", signer=signer, sequence=message.sequence, partition=arrival.partition,
                offset=arrival.offset,
            )  # fmt: skip
            CHAIN_FORKS.inc()
        if now != gaps:  # before the chain itself: taken again after a crash, it is the same gap
            self._memory.keep_gaps(arrival, now)
        self._memory.extend_chain(arrival, signer, step.position)
        return chain_findings(step.step)

    def keep_again(self, arrival: Arrival, signer: str) -> None:
        """Write once more what is kept of a message that is handled again: its changelog record may be missing."""
        if (known := self._memory.chain(arrival, signer)) is not None:
            self._memory.extend_chain(arrival, signer, known)
        if gaps := self._memory.gaps_beside(arrival):
            self._memory.keep_gaps(arrival, gaps)

    async def watch(self) -> None:
        """Tell Prometheus how many gaps have been open for too long, for ever."""
        while True:
            now = datetime.fromtimestamp(time.time(), UTC)
            CHAIN_GAPS.set(sum(alarmed(self._memory.gaps(number), now) for number in range(self._partitions)))
            await asyncio.sleep(_LOOK_EVERY)
