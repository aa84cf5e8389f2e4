"""Messages on the wire: composed in one call, opened in one call, by everybody who sends or reads.

An agency's message (`compose`, `open_message`); what the hub puts out (`compose_from_hub`, `open_from_hub`); a message
on `accepted` with the hub's verdict beside it (`compose_accepted`, `open_accepted`); an event of a child's log
(`compose_event`, `open_event`); a directory entry (`compose_directory_entry`, `open_directory_entry`); a stretch of hub
time (`compose_hub_time`, `open_hub_time`). Opening gives the message or a `Refusal`, never an exception for bytes from
outside. Verify before opening, open before decoding.
"""

from hub.messages.accepted import AcceptedMessage, Verdict, compose_accepted, open_accepted
from hub.messages.agency import compose, open_message
from hub.messages.by_trust import compose_directory_entry, compose_hub_time, open_directory_entry, open_hub_time
from hub.messages.events import (
    compose_event,
    compose_linked_event,
    event_link,
    open_event,
    statement_verifies,
    stored_event,
    verified_event,
)
from hub.messages.from_hub import compose_from_hub, open_from_hub
from hub.messages.wire import MessageTooLarge, OpenedMessage, Voucher, WireMessage, body_of, chain_link
from hub.refusal import Reason, Refusal
from hub.signing import Signer as WorkerKey

__all__ = [
    "AcceptedMessage",
    "MessageTooLarge",
    "OpenedMessage",
    "Reason",
    "Refusal",
    "Verdict",
    "Voucher",
    "WireMessage",
    "WorkerKey",
    "body_of",
    "chain_link",
    "compose",
    "compose_accepted",
    "compose_directory_entry",
    "compose_event",
    "compose_from_hub",
    "compose_hub_time",
    "compose_linked_event",
    "event_link",
    "open_accepted",
    "open_directory_entry",
    "open_event",
    "open_from_hub",
    "open_hub_time",
    "open_message",
    "statement_verifies",
    "stored_event",
    "verified_event",
]
