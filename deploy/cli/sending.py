"""One report of an agency from the command line: kept in its outbox, sent, and the hub's answer shown.

A report that could not be sent now is not lost: it is durable in the outbox, and goes with the next command or program
of that agency.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from deploy.cli.invocation import CONNECTED_WITHIN, HubAway, Invocation
from hub.certificates import ShutOut
from hub.episode.corrections import REVISING, named_by
from hub.ids import AgencyId, EventId, episode_id
from hub.routing.wording import reference_of
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
    so_far = _SoFar()
    try:
        asyncio.run(_sent(invocation, record, so_far))
    except KeyboardInterrupt:
        invocation.complain(so_far.in_words())
        raise
    except CertificateEnded as error:
        message = f"{error}.\n{_UNKEPT}: send it again then. {_RING}"
        raise NotLetIn(message) from error
    except NotYetConnected as error:
        message = f"{error}.\n{_UNKEPT}: start the hub (homeward up) and send it again. {_RING}"
        raise HubAway(message) from error
    except OutboxError as error:
        message = f"{error}.\n{_UNKEPT}: send it again then. {_RING}"
        raise NotKept(message) from error


_UNKEPT: Final = "Nothing was kept, and NOBODY HAS BEEN TOLD"
_RING: Final = "If it is urgent, ring the police (999, or 101) and whoever else must know"


@dataclass(slots=True)
class _SoFar:
    """How far one report has come, for when the command is broken off."""

    sent: Sent | None = None
    receipt: SentReceipt | None = None

    @property
    def is_accepted(self) -> bool:
        return self.receipt is not None and self.receipt.is_accepted

    def in_words(self) -> str:
        """Where it stands, who has been told as far as is known, and how to look."""
        if self.sent is None:
            return f"broken off before it was kept, as far as is known: NOBODY HAS BEEN TOLD.\n{_LOOK} {_RING}"
        about = f"{self.sent.record_type} {self.sent.message_id}"
        if self.receipt is not None:
            more = "" if self.is_accepted else f".\n{_LOOK} {_RING}"
            return f"{about} went out, and the hub has answered: {self.receipt.outcome}{more}"
        return (
            f"{about} is safe in the outbox and goes on by itself with the next command or program of this agency; "
            f"the hub has not answered yet, and NOBODY HAS BEEN TOLD, as far as is known.\n{_LOOK} {_RING}"
        )


_LOOK: Final = "To look, and to send what waits: homeward outbox show."


class NotShown(HomewardError):
    """The report went its way, and what came of it could not be written to standard output."""


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


async def _sent(invocation: Invocation, record: AgencyMessage, so_far: _SoFar) -> None:
    async with opened_publisher(invocation.profile()) as publisher:
        sent = so_far.sent = await publisher.send(record)
        shown: dict[str, Any] = {"message_id": sent.message_id, "record_type": sent.record_type, "outcome": None}
        if invocation.is_json:
            shown |= {"left_out": _findings(sent.left_out)}
        invocation.say(
            f"{sent.record_type} {sent.message_id}: durable at the {sent.durable_at}; waiting for the receipt"
        )
        if sent.left_out:
            invocation.complain("\n".join((_NOT_WHOLE, *findings_table(sent.left_out), *_how(sent, sent.left_out))))
        try:
            receipt = so_far.receipt = await _answer(publisher, sent, invocation.effective.settings.receipt_seconds)
        except (NoReceiptYet, HubAway):
            _show(invocation, shown, so_far)
            raise
        shown |= {"outcome": receipt.outcome, "accepted_at": receipt.accepted_at}
        if invocation.is_json:
            shown |= {"findings": _findings(receipt.findings)}
        if receipt.is_accepted or invocation.is_json:
            _show(invocation, shown, so_far)
        receipt.raise_if_rejected()
        if receipt.findings:
            invocation.talk.print(_asked(receipt.findings))
            for line in _how(sent, receipt.findings):
                invocation.say(line)
        if receipt.is_accepted and isinstance(record, REVISING):
            refused = {row.message_id for row in await publisher.refused()}
            if (named := named_by(record)) in refused:
                invocation.complain(f"the hub refused {named}, so nobody was told what it says. {_LOOK}")
            invocation.say(_answered_under(receipt))


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
            f"It goes out with the next command of this agency after that (homeward outbox show).\n{_RING}"
        )
        raise NotLetIn(message)
    message = (
        f"{kept}.\n"
        f"It goes out with the next command of this agency once the hub is back (homeward outbox show).\n{_RING}"
    )
    raise HubAway(message)


def _show(invocation: Invocation, shown: Mapping[str, Any], so_far: _SoFar) -> None:
    """Show what came of it; who cannot be shown it has to know all the same whether the report went out.

    Raises:
        NotShown: it cannot be written. (Of an accepted report nobody has to read the words: a pipe may be closed.)
    """
    try:
        invocation.show(shown)
    except OSError as error:
        if isinstance(error, BrokenPipeError) and so_far.is_accepted:
            raise
        message = f"the result cannot be written to standard output ({error.strerror}): {so_far.in_words()}"
        raise NotShown(message) from None


def _how(sent: Sent, findings: Iterable[Finding]) -> list[str]:
    """How what is asked for is given by the command line, which has no command of that name."""
    asked = " ".join(finding.remedy for finding in findings)
    said = []
    if "MissingAmended" in asked:
        said.append("to add what is asked for: homeward report missing again, with the same --child and --episode")
    if "MissingAmended" in asked or "CorrectionMade" in asked:
        said.append(
            f"to put one field right: homeward report correct --child REFERENCE --message {sent.message_id} "
            "--field FIELD --new WORDS"
        )
    return said


def _answered_under(receipt: SentReceipt) -> str:
    """Where the hub says, after its receipt, that it does not know the message that this one is about."""
    agency = receipt.installation.agency
    reference = reference_of(episode_id(EventId(receipt.message_id), AgencyId(agency)))
    return (
        "accepted says that the hub has your message, and not that it knows the one that yours is about. If it knows "
        f"none from you of this child, nothing is changed, and your duty desk hears so within seconds, under the "
        f"reference {reference}: homeward inbox watch {agency} --role ROLE"
    )


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
