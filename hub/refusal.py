"""Why a record from outside is refused: a closed vocabulary, and for each word what the sender is told.

A refusal is a normal outcome, not an exception. Only signature, size and undecodable bytes are grounds (the content
of a report about a child never is). It says whether the sender was proven, because only then may it be answered,
and it never repeats a value of the message.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.ids import AgencyId
from schemas.records import Finding, FindingKind


class Reason(StrEnum):
    """The grounds for a refusal; fit for a metric label."""

    TOO_MANY_HEADERS = "too_many_headers"
    HEADERS_TOO_LARGE = "headers_too_large"
    HEADER_DUPLICATED = "header_duplicated"
    HEADER_MISSING = "header_missing"
    HEADER_MALFORMED = "header_malformed"
    VALUE_TOO_LARGE = "value_too_large"
    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    KEY_NOT_YET_VALID = "key_not_yet_valid"
    KEY_EXPIRED = "key_expired"
    KEY_REVOKED = "key_revoked"
    AGENCY_NOT_APPROVED = "agency_not_approved"
    WRONG_RECORD_KEY = "wrong_record_key"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    CHAIN_MISSING = "chain_missing"
    ID_OF_THE_HUB = "id_of_the_hub"
    SEAL_NOT_OPENED = "seal_not_opened"
    COMMITMENT_MISMATCH = "commitment_mismatch"
    UNDECODABLE = "undecodable"
    TYPE_MISMATCH = "type_mismatch"
    UNEXPECTED_TYPE = "unexpected_type"
    EQUIVOCATION = "equivocation"
    VERDICT_MISSING = "verdict_missing"
    VERDICT_NOT_GENUINE = "verdict_not_genuine"
    HUB_FAULT = "hub_fault"


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of one reason: where, which rule, what to do."""

    field: str
    rule: str
    remedy: str


_AGAIN: Final = "sign again and send with the same id"
_WORDS: Final = {
    Reason.TOO_MANY_HEADERS: _Words(
        "headers", "has more headers than are read", "send only the headers of the wire format"
    ),
    Reason.HEADERS_TOO_LARGE: _Words("headers", "a header, or all together, is too large", "shorten the header"),
    Reason.HEADER_DUPLICATED: _Words(
        "headers", "stands twice, or in another case", "send each header once, in lower case"
    ),
    Reason.HEADER_MISSING: _Words("headers", "is missing", "send every header that the wire format requires"),
    Reason.HEADER_MALFORMED: _Words(
        "headers", "is not written as the wire format says", "write it as the wire format says"
    ),
    Reason.VALUE_TOO_LARGE: _Words("value", "is larger than 128 KiB", "send less in one message"),
    Reason.UNKNOWN_AGENCY: _Words(
        "ce_source", "is not in the directory", "check the agency id, or ask the hub to join"
    ),
    Reason.UNKNOWN_KEY: _Words("ce_keyid", "is no key of this agency", f"use a key of the directory entry; {_AGAIN}"),
    Reason.BAD_SIGNATURE: _Words(
        "signature",
        "does not verify under the key that ce_keyid names",
        f"was the message changed after signing, or the key replaced? {_AGAIN}",
    ),
    Reason.KEY_NOT_YET_VALID: _Words("ce_keyid", "names a key that is not valid yet", f"use a valid key; {_AGAIN}"),
    Reason.KEY_EXPIRED: _Words("ce_keyid", "names a key that has expired", f"use the agency's current key; {_AGAIN}"),
    Reason.KEY_REVOKED: _Words("ce_keyid", "names a key that was revoked", f"use the agency's current key; {_AGAIN}"),
    Reason.AGENCY_NOT_APPROVED: _Words(
        "ce_source", "is not approved, or not at this time", "finish joining, then send again"
    ),
    Reason.WRONG_RECORD_KEY: _Words(
        "record key", "is not the id of the sender", f"use the agency id as record key; {_AGAIN}"
    ),
    Reason.WRONG_CONTENT_TYPE: _Words(
        "content-type", "is not the one that belongs here", f"seal the message to the hub; {_AGAIN}"
    ),
    Reason.CHAIN_MISSING: _Words(
        "ce_sequence, ce_previous", "are missing", f"number and chain the messages of each signing key; {_AGAIN}"
    ),
    Reason.ID_OF_THE_HUB: _Words(
        "ce_id",
        "is a UUID of version 5, as only the hub's own are",
        "give the message a UUID of version 7, and sign and send it again",
    ),
    Reason.SEAL_NOT_OPENED: _Words(
        "value",
        "does not open with the hub's sealing keys",
        "seal to the hub's current key with the headers as they are sent; send with the same id",
    ),
    Reason.COMMITMENT_MISMATCH: _Words(
        "ce_commitment", "is not the SHA-256 of what was sealed", f"compute it anew; {_AGAIN}"
    ),
    Reason.UNDECODABLE: _Words(
        "value", "is not one record of the contract", f"encode with the registered schema; {_AGAIN}"
    ),
    Reason.TYPE_MISMATCH: _Words("ce_type", "is not the type of the record", f"name the record's type; {_AGAIN}"),
    Reason.UNEXPECTED_TYPE: _Words(
        "ce_type", "is not a message of an agency", f"send a message of the contract; {_AGAIN}"
    ),
    Reason.EQUIVOCATION: _Words(
        "ce_id",
        "was used before for other bytes, and the first stands",
        "give every message an id of its own; where the first is wrong, send a CorrectionMade",
    ),
    Reason.VERDICT_MISSING: _Words("hub_verdict", "is missing", "tell hub operations"),
    Reason.VERDICT_NOT_GENUINE: _Words("hub_verdict", "is not signed by a worker of the hub", "tell hub operations"),
    Reason.HUB_FAULT: _Words(
        "hub", "could not handle the message", "nothing: it is kept, and the hub's operators put it through again"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A record that was refused: why, and what is known of it.

    `answerable` is True if the signature verified under a key that the directory ever bound to the agency; then,
    and only then, a receipt is owed. `claimed_agency`, `message_id` and `record_type` are what well-formed headers
    claimed, proven or not. The digests (32 bytes) are None where the headers could not be read. Of a proven sender
    `key_id`, `sequence` and `previous` are given: what was refused has its place in the chain of its key all the same.
    `unknown_headers` is how many headers, of those that could be read, are none of ours.
    """

    reason: Reason
    findings: tuple[Finding, ...]
    answerable: bool = False
    claimed_agency: AgencyId | None = None
    message_id: str | None = None
    record_type: str | None = None
    value_digest: bytes | None = None
    signing_digest: bytes | None = None
    key_id: str | None = None
    sequence: int | None = None
    previous: bytes | None = None
    unknown_headers: int = 0


def fault(reason: Reason, *, field: str | None = None, rule: str | None = None, remedy: str | None = None) -> Finding:
    """The finding that a reason stands for; a part given replaces the general words."""
    words = _WORDS[reason]
    return Finding(
        field=field or words.field, rule=rule or words.rule, remedy=remedy or words.remedy, kind=FindingKind.FAULT
    )
