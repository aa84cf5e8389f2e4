"""Writes one notice: who it is for, what it says, when it is shown, its id, and the row of `Told` that goes with it.

The content of a notice decides its id, together with its cause and recipient. What it should say is for
`hub.routing.notices`, of an absence, and for `hub.routing.unfound`, of a message.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from hub.delivery.points import Seat, packed
from hub.delivery.rules import DeliveryRules
from hub.delivery.waking import held_until
from hub.directory import Directory
from hub.event import Event
from hub.ids import AgencyId, EpisodeId, EventId, NoticeId, notice_id
from hub.routing import wording
from schemas.records import Ask, DisclosedField, Means, Notice, NoticeKind, PolicePosition, ToldRow, Urgency

_BASIS_CAP: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedNotice:
    """A notice that is owed, and the row of `Told` that will say it was sent."""

    notice: Notice
    row: ToldRow

    @property
    def id(self) -> NoticeId:
        """The same cause, content and recipient always give the same id."""
        return NoticeId(self.notice.notice_id)

    @property
    def cause(self) -> EventId:
        """The fact in the state that it stands on."""
        return EventId(self.notice.cause)

    @property
    def recipient(self) -> AgencyId:
        """Whose inbox it goes to."""
        return AgencyId(self.notice.recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a notice says, before it has an id.

    What is asked is due `within` so long of its cause, or at `due_at`; without either nothing is asked.
    """

    kind: NoticeKind
    purpose: str
    urgency: Urgency
    happened: str
    asked: str = ""
    within: timedelta | None = None
    due_at: datetime | None = None
    position: PolicePosition = PolicePosition.UNKNOWN
    fields: tuple[DisclosedField, ...] = ()
    withdrawn: tuple[str, ...] = ()

    @property
    def ask(self) -> Ask:
        """Whether something is asked."""
        return Ask.INFORMATION if self.within is None and self.due_at is None else Ask.ACTION


class Writer:
    """Writes notices by a directory and rules. What several of them show is put into bytes once."""

    def __init__(self, directory: Directory, version: str, delivery: DeliveryRules) -> None:
        """`version` is that of the rules of routing."""
        self._directory = directory
        self._version = version
        self._delivery = delivery
        self._in_bytes: dict[int, tuple[DisclosedField, bytes]] = {}
        """By the place in memory of fields that are kept with it; desks that are told the same share them."""

    def notice(
        self,
        seat: Seat,
        content: Content,
        *,
        episode: EpisodeId,
        cause: Event,
        role: str,
        basis: str,
        points: tuple[str, ...],
        means: Means,
    ) -> OwedNotice:
        """The notice with this content under the reference of this id, and its row of `Told`."""
        agency, desk = seat
        entry = self._directory.agency(agency)
        content = replace(content, happened=wording.fitting(content.happened), asked=wording.fitting(content.asked))
        due_at = content.due_at if content.within is None else cause.accepted_at + content.within
        version = entry.version if entry else 0
        not_before = self._not_before(seat, content.urgency, cause.accepted_at)
        digest = self._digest(seat, episode, content, cause, version, not_before)
        identity = notice_id(cause.id, f"{content.purpose}:{digest.hex()}", agency, desk)
        notice = Notice(
            notice_id=identity,
            episode_id=episode,
            reference=wording.reference_of(episode),
            kind=content.kind,
            ask=content.ask,
            purpose=content.purpose,
            recipient=agency,
            desk=desk,
            urgency=content.urgency,
            what_happened=content.happened,
            asked_of_you=content.asked,
            due_at=due_at,
            police_position=content.position,
            fields=content.fields,
            withdrawn_fields=content.withdrawn,
            cause=cause.id,
            rules_version=self._version,
            directory_version=version,
            issued_at=cause.accepted_at,
            not_before=not_before,
        )
        row = ToldRow(
            notice_id=identity,
            episode_id=episode,
            recipient=agency,
            desk=desk,
            role=role,
            kind=content.kind,
            ask=content.ask,
            basis=basis[:_BASIS_CAP],
            points=packed(points),
            fields=content.withdrawn or tuple(field.name for field in content.fields),
            content_digest=digest,
            means=means,
            due_at=due_at,
        )
        return OwedNotice(notice=notice, row=row)

    def _not_before(self, seat: Seat, urgency: Urgency, at: datetime) -> datetime | None:
        """When information that is held for the day is to be shown; None for what is shown as it comes."""
        if urgency is not Urgency.HELD_FOR_DAY:
            return None
        held = held_until(self._directory, self._delivery, seat, at)
        return held if held > at else None

    def _digest(
        self,
        seat: Seat,
        episode: EpisodeId,
        content: Content,
        cause: Event,
        version: int,
        not_before: datetime | None,
    ) -> bytes:
        """SHA-256 of everything that a notice says, each part with its length."""
        parts = (
            cause.id, episode, *seat, content.kind, content.purpose, content.urgency, content.happened,
            content.asked, content.within, content.position, self._version, version, *content.withdrawn,
            *(at for at in (content.due_at, not_before) if at is not None),
        )  # fmt: skip
        return sha256(b"".join((_in_bytes(parts), *map(self._shown, content.fields)))).digest()

    def _shown(self, field: DisclosedField) -> bytes:
        """A field in bytes; most are shown to several desks, and the redaction gives each of them the same one."""
        known = self._in_bytes.get(id(field))
        if known is None or known[0] is not field:
            what = (
                field.name, field.disclosure, field.value, field.source_kind, field.source_agency, field.occurred_at,
                field.recorded_at,
            )  # fmt: skip
            known = self._in_bytes[id(field)] = (field, _in_bytes(what))
        return known[1]


def _in_bytes(parts: Iterable[object]) -> bytes:
    texts = map(str, parts)
    return "".join([f"{len(text)}:{text}" for text in texts]).encode()
