"""Identifiers, and how each is derived from what it names.

An identifier minted by the hub is a function of its cause, so a re-run of the same facts mints the same
identifiers and every reader can drop what it has handled. Claims are the exception in kind: their id is
keyed with the hub's secret, because a plain hash of an agency and a case number can be guessed.
"""

import hashlib
import hmac
from typing import Final, NewType
from uuid import UUID

AgencyId = NewType("AgencyId", str)
ChildId = NewType("ChildId", str)
ClaimId = NewType("ClaimId", str)
EpisodeId = NewType("EpisodeId", str)
EventId = NewType("EventId", str)
NoticeId = NewType("NoticeId", str)
KeyId = NewType("KeyId", str)

HUB: Final = AgencyId("hub")
"""The hub itself, as sender of what it decides."""

_NAMESPACE: Final = UUID("6f0f4f9e-6f0b-5b7e-9d0e-6a2f3a3f7c11").bytes
_VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The digit of a uuid that says which kind it is, by what the hash has there (RFC 9562)."""


def derived_id(cause: str, what: str, for_whom: str = "") -> str:
    """The id of an output: uuid5 of its cause, what it is and for whom.

    `cause` is a fact in the state (an event of the set, a deadline), never the record that happened to
    trigger the computation. Parts are length-prefixed, so no two different triples collide. It is written out here
    because the object that `uuid` makes on the way costs more than the hash, and a child needs dozens of ids.
    """
    name = f"{len(cause)}:{cause};{len(what)}:{what};{len(for_whom)}:{for_whom};"
    digits = hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def claim_id(hub_secret: bytes, agency: AgencyId, child_ref: str) -> ClaimId:
    """One id for ever for what one agency says about one of its references (HMAC-SHA256, 32 hex digits)."""
    name = f"{len(agency)}:{agency};{child_ref}".encode()
    return ClaimId(hmac.new(hub_secret, name, hashlib.sha256).hexdigest()[:32])


def first_child_id(first_claim: ClaimId) -> ChildId:
    """The id of a new child, from the claim that it begins with: a re-run mints nothing twice."""
    return ChildId(derived_id(first_claim, "child"))


def assigned_id(claim: ClaimId, number: int, child: ChildId) -> EventId:
    """The id of a decision about a claim as it stands in the log of one child."""
    return EventId(derived_id(f"{claim}/{number}", "assigned", child))


def is_minted_by_hub(name: str) -> bool:
    """Whether an id has the form in which the hub alone derives ids (uuid5); every other one may be an agency's."""
    return name[14:15] == "5"


def episode_id(anchor: EventId, sender: AgencyId) -> EpisodeId:
    """The id of an episode, from the earliest accepted event that opens it, and who sent that.

    Ids of messages stand in clear on notices: whoever sends another message under one of them opens another episode.
    """
    return EpisodeId(derived_id(anchor, "episode", sender))


def notice_id(cause: str, purpose: str, recipient: AgencyId, desk: str = "") -> NoticeId:
    """The id of one notice: the same cause, purpose and recipient always give the same notice."""
    return NoticeId(derived_id(cause, f"notice:{purpose}", f"{recipient}/{desk}"))
