"""One report of an agency from the command line: kept in its outbox, sent, and the hub's answer shown.

A report that could not be sent now is not lost: it is durable in the outbox, and goes with the next command or program
of that agency.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from deploy.cli.invocation import CONNECTED_WITHIN, HubAway, Invocation
from hub.certificates import ShutOut
from producers import (
    CertificateEnded,
    NoReceiptYet,
    NotYetConnected,
    OutboxError,
    OutboxInUse,
    Publisher,
    Sent,
    SentReceipt,
)
from producers.errors import findings_table
from schemas.errors import HomewardError
from schemas.records import AgencyMessage, Finding


def send(invocation: Invocation, record: AgencyMessage) -> None:
    """Send one record and show the hub's answer.

    Raises:
        Rejected: the hub refused it, with every reason.
        NoReceiptYet: there is no answer yet; the report is safe.
        HubAway: the hub cannot be reached, or this agency's certificate has ended; the message says whether the
            report was kept.
        NotKept: the outbox cannot be used; nothing was kept.
    """
    try:
        asyncio.run(_sent(invocation, record))
    except CertificateEnded as error:
        message = f"{error}.\nNothing was kept, and NOBODY HAS BEEN TOLD: send it again then. If it is urgent, ring"
        raise NotLetIn(message) from error
    except NotYetConnected as error:
        message = f"{error}.\nNothing was kept, and NOBODY HAS BEEN TOLD: start the hub (homeward up) and send it again"
        raise HubAway(message) from error
    except OutboxError as error:
        message = f"{error}.\nNothing was kept, and NOBODY HAS BEEN TOLD: send it again then. If it is urgent, ring"
        raise NotKept(message) from error


class NotKept(HomewardError):
    """The agency's own outbox did not take the report."""


class NotLetIn(HubAway, ShutOut):
    """The hub is not to blame: the agency's own certificate has ended."""


@asynccontextmanager
async def opened_publisher(profile: Path, patience: float = CONNECTED_WITHIN) -> AsyncIterator[Publisher]:
    """A publisher of an agency. Another command that has its outbox for a moment is waited for, `patience` seconds.

    Raises:
        OutboxInUse: a program has it, and keeps it.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    async with AsyncExitStack() as stack:
        while True:
            try:
                publisher = await stack.enter_async_context(Publisher.open(profile=profile))
                break
            except OutboxInUse:
                if loop.time() >= until:
                    raise
                await asyncio.sleep(_LOOK_SECONDS)
        yield publisher


_LOOK_SECONDS: Final = 0.1


async def _sent(invocation: Invocation, record: AgencyMessage) -> None:
    async with opened_publisher(invocation.profile()) as publisher:
        sent = await publisher.send(record)
        shown: dict[str, Any] = {"message_id": sent.message_id, "record_type": sent.record_type, "outcome": None}
        if invocation.is_json:
            shown |= {"left_out": _findings(sent.left_out)}
        invocation.say(
            f"{sent.record_type} {sent.message_id}: durable at the {sent.durable_at}; waiting for the receipt"
        )
        if sent.left_out:
            invocation.complain("\n".join((_NOT_WHOLE, *findings_table(sent.left_out))))
        try:
            receipt = await _answer(publisher, sent, invocation.effective.settings.receipt_seconds)
        except (NoReceiptYet, HubAway):
            invocation.show(shown)
            raise
        shown |= {"outcome": receipt.outcome, "accepted_at": receipt.accepted_at}
        if invocation.is_json:
            shown |= {"findings": _findings(receipt.findings)}
        if receipt.is_accepted or invocation.is_json:
            invocation.show(shown)
        receipt.raise_if_rejected()
        if receipt.findings:
            invocation.talk.print(_asked(receipt.findings))


_NOT_WHOLE: Final = "the report goes out; of these fields only what could be written:"


async def _answer(publisher: Publisher, sent: Sent, seconds: float) -> SentReceipt:
    """The hub's answer; given up early where the hub cannot even be reached."""
    try:
        return await sent.receipt(timeout=min(CONNECTED_WITHIN, seconds))
    except NoReceiptYet:
        if publisher.is_connected and publisher.hindrance is None:
            return await sent.receipt(timeout=max(0.0, seconds - CONNECTED_WITHIN))
    kept = f"{sent.record_type} {sent.message_id} is safe in the outbox, and NOBODY HAS BEEN TOLD yet"
    if (hindrance := publisher.hindrance) is not None:
        message = (
            f"{kept}: {hindrance}.\n"
            "It goes out with the next command of this agency after that (homeward outbox show).\n"
            "If it is urgent, ring"
        )
        raise NotLetIn(message)
    message = (
        f"{kept}.\n"
        "It goes out with the next command of this agency once the hub is back (homeward outbox show).\n"
        "If it is urgent, ring"
    )
    raise HubAway(message)


def _asked(findings: Iterable[Finding]) -> Table:
    """What the hub asks back, field by field, as wide as the screen."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    for one in findings:
        table.add_row(f"  {one.field}", one.rule, one.remedy)
    return table


def _findings(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"field": one.field, "rule": one.rule, "remedy": one.remedy, "kind": str(one.kind)} for one in findings]
