"""Messages built from the schemas alone, as full as they may be: of every type, by every kind of agency."""

import dataclasses
import typing
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from random import Random
from types import UnionType
from typing import Any, Final

import schemas.records
from hub.ids import AgencyId
from schemas.codec import SchemaIds, decode_tolerantly, encode_tolerantly
from schemas.records import (
    AgencyMessage,
    CorrectionMade,
    FieldChange,
    Flag,
    FlagKind,
    LinkDecided,
    MissingAmended,
    MissingReported,
    ReportCancelled,
)
from tests.unit.routing.world import (
    BLACKPOOL,
    HOME,
    LANCASHIRE,
    LEEDS,
    MANCHESTER,
    OLDHAM,
    ROCHDALE,
    SCHOOL,
    WARD,
    WEST_YORKSHIRE,
)

IDS: Final = SchemaIds.local()
SENDERS: Final = (LANCASHIRE, MANCHESTER, WEST_YORKSHIRE, ROCHDALE, BLACKPOOL, OLDHAM, HOME, SCHOOL, WARD)
AREAS: Final = (ROCHDALE, BLACKPOOL, OLDHAM, LEEDS)
TYPES: Final = tuple(
    found
    for found in vars(schemas.records).values()
    if isinstance(found, type) and issubclass(found, AgencyMessage) and found not in (AgencyMessage, LinkDecided)
)
_OF_AGENCIES: Final = ("agency", "authority", "force", "set_by", "sender", "provider")


@cache
def _hints(record: type) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    return {field.name: hints[field.name] for field in dataclasses.fields(record)}


@dataclasses.dataclass
class Whatever:
    """Writes one message after the other. `full` is how much of what may be said is said, from 0 to 1."""

    chance: Random
    full: float
    said: list[str] = dataclasses.field(default_factory=list)
    """Ids of what was said before: what cancellations and corrections name."""
    names: Sequence[str] = ()
    """Names of fields that somebody was told, for corrections to change."""

    def message(self, when: datetime) -> AgencyMessage:
        """A message of any type, as intake passes it on: what breaks a cap was cut."""
        often = (MissingReported, MissingAmended, CorrectionMade)
        kind = self.chance.choice((*TYPES, *often * 4)) if self.said else MissingReported
        built = self._record(kind, when)
        if isinstance(built, ReportCancelled):
            built = dataclasses.replace(built, cancels=self._earlier())
        if isinstance(built, CorrectionMade):
            built = dataclasses.replace(built, corrects=self._earlier(), changes=self._changes())
        data, _ = encode_tolerantly(built, IDS)
        read, _ = decode_tolerantly(data, IDS)
        assert isinstance(read, AgencyMessage)
        return read

    def _earlier(self) -> str:
        return self.chance.choice(self.said)

    def _changes(self) -> tuple[FieldChange, ...]:
        known = list(self.names) or ["last_seen.place"]
        some = self.chance.sample(known, min(len(known), self.chance.choice((1, 40, 400))))
        return tuple(FieldChange(field=name, new=self.chance.choice(("no", "other"))) for name in some)

    def _record(self, record: type, when: datetime) -> Any:  # noqa: ANN401 - of the type that is given
        return record(**{name: self._value(name, hint, when) for name, hint in _hints(record).items()})

    def _value(self, name: str, hint: Any, when: datetime) -> Any:  # noqa: ANN401, PLR0911 - by the type of a field
        chance = self.chance
        if isinstance(hint, UnionType):
            some = [each for each in typing.get_args(hint) if each is not type(None)]
            return self._value(name, some[0], when) if chance.random() < self.full else None
        if typing.get_origin(hint) is tuple:
            return self._several(name, typing.get_args(hint)[0], when)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self._record(hint, when)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return chance.choice(list(hint))
        if hint is datetime:
            return when - timedelta(minutes=chance.choice((0, 1, 30, 600)))
        if hint is date:
            return date(2011, 3, chance.choice((1, 2)))
        if hint is bool:
            return chance.random() < self.full
        if hint in (int, float):
            return hint(chance.choice((0, 1, 5)))
        if hint is bytes:
            return b"b"
        return self._text(name)

    def _several(self, name: str, item: Any, when: datetime) -> tuple[Any, ...]:  # noqa: ANN401 - of the given type
        if chosen := self.chance.random() < self.full:
            if item is Flag:
                flags = (self._record(Flag, when) for _ in FlagKind)
                return tuple(dataclasses.replace(flag, kind=kind) for flag, kind in zip(flags, FlagKind, strict=True))
            if isinstance(item, type) and issubclass(item, Enum):
                return tuple(item)
        most = self.chance.choice((1, 3, 25)) if chosen else 0
        return tuple(self._value(name, item, when) for _ in range(most))

    def _text(self, name: str) -> str:
        if "area" in name:
            return self.chance.choice(AREAS)
        if any(part in name for part in _OF_AGENCIES):
            return self.chance.choice(SENDERS)
        if name in {"episode_ref", "child_ref"}:
            return self.chance.choice(("E1", "E2"))
        if self.said and name in {"amends", "answers", "event_id"}:
            return self._earlier()
        return f"{name} {self.chance.randint(0, 3)}" + " x" * self.chance.choice((0, 0, 4, 2_500))

    def sender(self) -> AgencyId:
        """Whoever sends the next one."""
        return self.chance.choice(SENDERS)
