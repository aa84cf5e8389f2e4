"""One report of an agency from the command line: kept in its outbox, sent, and the hub's answer shown.

A report that could not be sent now is not lost: it is durable in the outbox, and goes with the next command or program
of that agency.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from rich.table import Table

from deploy.cli.invocation import CONNECTED_WITHIN, HubAway, Invocation
from producers import NoReceiptYet, NotYetConnected, Publisher, Sent, SentReceipt
from schemas.records import AgencyMessage, Finding


def send(invocation: Invocation, record: AgencyMessage) -> None:
    """Send one record and show the hub's answer.

    Raises:
        Rejected: the hub refused it, with every reason.
        NoReceiptYet: there is no answer yet; the report is safe.
        HubAway: the hub cannot be reached; the message says whether the report was kept.
    """
    try:
        asyncio.run(_sent(invocation, record))
    except NotYetConnected as error:
        message = f"{error}.\nNothing was kept, and NOBODY HAS BEEN TOLD: start the hub (homeward up) and send it again"
        raise HubAway(message) from error


async def _sent(invocation: Invocation, record: AgencyMessage) -> None:
    async with Publisher.open(profile=invocation.profile()) as publisher:
        sent = await publisher.send(record)
        shown: dict[str, Any] = {"message_id": sent.message_id, "record_type": sent.record_type, "outcome": None}
        invocation.say(
            f"{sent.record_type} {sent.message_id}: durable at the {sent.durable_at}; waiting for the receipt"
        )
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


async def _answer(publisher: Publisher, sent: Sent, seconds: float) -> SentReceipt:
    """The hub's answer; given up early where the hub cannot even be reached."""
    try:
        return await sent.receipt(timeout=min(CONNECTED_WITHIN, seconds))
    except NoReceiptYet:
        if not publisher.is_connected:
            message = (
                f"{sent.record_type} {sent.message_id} is safe in the outbox, and NOBODY HAS BEEN TOLD yet.\n"
                "It goes out with the next command of this agency once the hub is back (homeward outbox show).\n"
                "If it is urgent, ring"
            )
            raise HubAway(message) from None
        return await sent.receipt(timeout=max(0.0, seconds - CONNECTED_WITHIN))


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
