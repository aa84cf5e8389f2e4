"""The headers of a message: CloudEvents 1.0 in Kafka's binary binding, written one way and read strictly.

Everything that is signed begins with `ce_`; beside those stand `content-type` and `signature`, and `traceparent`
rides along unsigned. Reading is bounded before it looks at anything; a header of ours that stands twice, or in
another case, is refused, because two readers could take two different ones; any other header is counted and left
out. Binary values are lower-case hexadecimal. What a header means for trust is for `messages`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

from hub.refusal import Reason, fault
from schemas.errors import HomewardError
from schemas.records import Finding

RawHeaders: TypeAlias = Sequence[tuple[str, bytes | None]]
"""Headers as a Kafka client hands them over; Kafka allows a null value, the wire format does not."""

ID: Final = "ce_id"
TYPE: Final = "ce_type"
SOURCE: Final = "ce_source"
SUBJECT: Final = "ce_subject"
TIME: Final = "ce_time"
KEY_ID: Final = "ce_keyid"
SEQUENCE: Final = "ce_sequence"
PREVIOUS: Final = "ce_previous"
COMMITMENT: Final = "ce_commitment"
CAUSE: Final = "ce_cause"
TOLD: Final = "ce_told"
SPEC_VERSION: Final = "ce_specversion"
CONTENT_TYPE: Final = "content-type"
SIGNATURE: Final = "signature"
TRACE: Final = "traceparent"
VERDICT: Final = "hub_verdict"
VERDICT_KEY_ID: Final = "hub_verdict_keyid"
VERDICT_SIGNATURE: Final = "hub_verdict_signature"

MOST_HEADERS: Final = 64
LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 4_000
LARGEST_TOGETHER: Final = 32_000
LONGEST_LIST: Final = 64_000
"""Bounds in bytes. The last is for the two lists that the hub writes (`ce_told`, `hub_verdict`). Neither lists nor
the hub's own headers count in the others, so that what intake accepted stays within bounds with a verdict beside it.
"""

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TOKEN: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,78}[A-Za-z0-9])?"  # noqa: S105 - a grammar, no password
_DIGEST: Final = r"[0-9a-f]{64}"
_GRAMMAR: Final = {
    name: re.compile(pattern)
    for name, pattern in {
        SPEC_VERSION: r"1\.0",
        ID: _UUID,
        TYPE: r"[A-Z][A-Za-z]{0,59}",
        SOURCE: r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}",
        SUBJECT: _TOKEN,
        TIME: r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",
        KEY_ID: _TOKEN,
        SEQUENCE: r"[1-9][0-9]{0,17}",
        PREVIOUS: _DIGEST,
        COMMITMENT: _DIGEST,
        CAUSE: _UUID,
        TOLD: rf"{_UUID}(?:,{_UUID})*",
        CONTENT_TYPE: r"[a-z0-9.+/-]{1,80}",
        SIGNATURE: r"[0-9a-f]{128}",
    }.items()
}
"""How each header is written; a header without a line here is not ours."""
_REQUIRED: Final = (SPEC_VERSION, ID, TYPE, SOURCE, TIME, KEY_ID, COMMITMENT, CONTENT_TYPE, SIGNATURE)
_HUB_ONLY: Final = frozenset({VERDICT, VERDICT_KEY_ID, VERDICT_SIGNATURE})
_OURS: Final = frozenset(_GRAMMAR) | _HUB_ONLY
_LISTS: Final = frozenset({TOLD, VERDICT})
_EXTENSION: Final = re.compile(r"ce_[a-z0-9]{1,90}")
_TRACE_GRAMMAR: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class HeadersRefused(HomewardError):
    """Headers that are not those of one message; `reason` is of the closed vocabulary, `finding` what to tell."""

    def __init__(self, reason: Reason, name: str | None = None) -> None:
        """Keep the reason, and name the header where it is one of ours."""
        self.reason = reason
        self.finding: Finding = fault(reason, field=name)
        super().__init__(f"headers refused: {self.finding.field} {self.finding.rule}; {self.finding.remedy}")


class SignedVerdict(NamedTuple):
    """Intake's verdict as it stands in the headers: its bytes, the worker's key id, the signature (64 bytes)."""

    content: bytes
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """The headers of one message, read. Digests are 32 bytes, the signature 64, times aware UTC."""

    id: str
    type: str
    source: str
    time: datetime
    key_id: str
    commitment: bytes
    content_type: str
    signature: bytes
    subject: str | None = None
    sequence: int | None = None
    previous: bytes | None = None
    cause: str | None = None
    told: tuple[str, ...] = ()
    traceparent: str | None = None
    verdict: SignedVerdict | None = field(default=None, compare=False)
    signed: tuple[tuple[str, bytes], ...]
    """Every `ce_` header as it came, in name order: what the signature covers."""
    unknown: int = 0
    """How many headers were left out."""

    def kept(self) -> tuple[tuple[str, bytes], ...]:
        """The headers that go on with the message: signed ones, content type, signature, trace."""
        rest = [(CONTENT_TYPE, self.content_type.encode()), (SIGNATURE, self.signature.hex().encode())]
        if self.traceparent is not None:
            rest.append((TRACE, self.traceparent.encode()))
        return (*self.signed, *rest)


def attributes(  # noqa: PLR0913 - one argument a header
    *,
    message_id: str,
    record_type: str,
    source: str,
    time: datetime,
    key_id: str,
    commitment: bytes,
    subject: str | None = None,
    sequence: int | None = None,
    previous: bytes | None = None,
    cause: str | None = None,
    told: Sequence[str] = (),
) -> tuple[tuple[str, bytes], ...]:
    """The `ce_` headers of a message in name order; what is None or empty is left out.

    Raises:
        HeadersRefused: a value does not follow the grammar (an id that is no UUID, a naive time).
    """
    written = {
        SPEC_VERSION: "1.0",
        ID: message_id,
        TYPE: record_type,
        SOURCE: source,
        TIME: timestamp(time),
        KEY_ID: key_id,
        COMMITMENT: commitment.hex(),
        SUBJECT: subject,
        SEQUENCE: None if sequence is None else str(sequence),
        PREVIOUS: None if previous is None else previous.hex(),
        CAUSE: cause,
        TOLD: ",".join(told) or None,
    }
    for name, value in written.items():
        if value is not None and not _GRAMMAR[name].fullmatch(value):
            raise HeadersRefused(Reason.HEADER_MALFORMED, name)
    return tuple(sorted((name, value.encode()) for name, value in written.items() if value is not None))


def timestamp(time: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`, rounded down. Raises HeadersRefused for a naive time."""
    if time.tzinfo is None:
        raise HeadersRefused(Reason.HEADER_MALFORMED, TIME)
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse(raw: RawHeaders) -> Headers:
    """The headers of one message.

    Raises:
        HeadersRefused: too many, too large, one of ours twice or in another case, missing, or malformed.
    """
    ours, unknown = _sorted_out(raw)
    if missing := [name for name in _REQUIRED if name not in ours]:
        raise HeadersRefused(Reason.HEADER_MISSING, missing[0])
    text = {name: _text(name, value) for name, value in ours.items() if name in _GRAMMAR}
    return Headers(
        id=text[ID],
        type=text[TYPE],
        source=text[SOURCE],
        time=_time(text[TIME]),
        key_id=text[KEY_ID],
        commitment=bytes.fromhex(text[COMMITMENT]),
        content_type=text[CONTENT_TYPE],
        signature=bytes.fromhex(text[SIGNATURE]),
        subject=text.get(SUBJECT),
        sequence=int(text[SEQUENCE]) if SEQUENCE in text else None,
        previous=bytes.fromhex(text[PREVIOUS]) if PREVIOUS in text else None,
        cause=text.get(CAUSE),
        told=tuple(text[TOLD].split(",")) if TOLD in text else (),
        traceparent=_trace(ours.get(TRACE)),
        verdict=_verdict(ours),
        signed=tuple(sorted((name, value) for name, value in ours.items() if name.startswith("ce_"))),
        unknown=unknown,
    )


def _verdict(ours: dict[str, bytes]) -> SignedVerdict | None:
    """The verdict, or None unless all three headers of it stand there, well formed."""
    try:
        key_id = _text(KEY_ID, ours[VERDICT_KEY_ID])
        signature = bytes.fromhex(_text(SIGNATURE, ours[VERDICT_SIGNATURE]))
        return SignedVerdict(ours[VERDICT], key_id, signature)
    except (KeyError, HeadersRefused):
        return None


def _sorted_out(raw: RawHeaders) -> tuple[dict[str, bytes], int]:
    """Our headers by name, and the number of others; bounds come first, so that hostile input costs nothing."""
    if len(raw) > MOST_HEADERS + len(_HUB_ONLY):
        raise HeadersRefused(Reason.TOO_MANY_HEADERS)
    _check_bounds(raw)
    ours: dict[str, bytes] = {}
    unknown = 0
    for name, value in raw:
        lower = name.lower()
        shown = lower if lower in _OURS else None
        if lower not in _OURS and lower != TRACE and not lower.startswith("ce_"):
            unknown += 1
        elif name != lower or name in ours:
            raise HeadersRefused(Reason.HEADER_DUPLICATED, shown)
        elif value is None or (shown is None and name != TRACE and not _EXTENSION.fullmatch(name)):
            raise HeadersRefused(Reason.HEADER_MALFORMED, shown)
        else:
            ours[name] = value
    return ours, unknown


def _check_bounds(raw: RawHeaders) -> None:
    counted = together = 0
    for name, value in raw:
        size = len(value or b"")
        if len(name) > LONGEST_NAME or size > (LONGEST_LIST if name in _LISTS else LONGEST_VALUE):
            raise HeadersRefused(Reason.HEADERS_TOO_LARGE, name if name in _OURS else None)
        if name not in _HUB_ONLY:
            counted += 1
            together += len(name) + (0 if name in _LISTS else size)
    if counted > MOST_HEADERS:
        raise HeadersRefused(Reason.TOO_MANY_HEADERS)
    if together > LARGEST_TOGETHER:
        raise HeadersRefused(Reason.HEADERS_TOO_LARGE)


def _text(name: str, value: bytes) -> str:
    text = value.decode("ascii", "replace")  # no header's grammar allows what replaces other bytes
    if not _GRAMMAR[name].fullmatch(text):
        raise HeadersRefused(Reason.HEADER_MALFORMED, name)
    return text


def _time(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise HeadersRefused(Reason.HEADER_MALFORMED, TIME) from None


def _trace(value: bytes | None) -> str | None:
    """The trace context, or None where it is absent or malformed: it is unsigned and never a reason to refuse."""
    text = (value or b"").decode("ascii", "replace")
    return text if _TRACE_GRAMMAR.fullmatch(text) else None
