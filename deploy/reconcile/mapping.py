"""What the columns of an agency's extract mean: a small TOML file that whoever knows the system can write.

Three are part of this package: a police missing-person extract, a council case-management extract, and the module
`Missing` of the Department for Education's return on looked-after children (SSDA903). A mapping that names an unknown
field, a column twice or a format that is none is refused with its line.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final, NoReturn, TypedDict

from hub.rule_text import BrokenRules, Table, nearest_word, read_tables, utf8_of
from schemas.errors import HomewardError
from schemas.records import AgencyKind, PhaseKind, RiskGrade, Sex

PACKAGED: Final = ("council", "dfe-903-missing", "police")
"""Mappings by name."""

FACTS: Final = (
    "child_ref", "episode_ref", "other_refs", "given_names", "family_name", "date_of_birth", "sex", "nhs_number", "upn",
    "home_line", "home_postcode", "placement_line", "placement_postcode",
)  # fmt: skip
"""Fields that say whom a row concerns."""
FIELDS: Final = (*FACTS, "status", "began_at", "ended_at", "risk", "place")
SEVERAL_LINES: Final = ("home_line", "placement_line", "place")
"""Fields that may have line breaks in them; in any other one a break is a mistake."""
NEEDED: Final = ("began_at",)
_MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": tuple(kind.value for kind in PhaseKind if kind is not PhaseKind.UNKNOWN),
    "sex": tuple(sex.value for sex in Sex if sex is not Sex.UNKNOWN),
    "risk": tuple(grade.value for grade in RiskGrade if grade is not RiskGrade.UNKNOWN),
}
_DIRECTIVES: Final = re.compile(r"%(.)")
_HOURS: Final = frozenset("HIXc")
"""Directives with an hour of the day in them."""
_YEARS: Final = frozenset("YyGxc")
_EXAMPLE: Final = datetime(2025, 12, 31, 17, 5)  # noqa: DTZ001 - only written out
_DAYS: Final = tuple(datetime(2025, month, day, 17, 5, tzinfo=UTC) for month, day in ((12, 31), (3, 5), (7, 18)))
"""Written and read again by a format, they are the same days, unless it leaves out the day or the month."""
_CHECKS: Final = ("903",)
_MOST_MINUTES: Final = 24 * 60
_SHOWN: Final = 4
_LONGEST_SAID: Final = 40
_KEYS: Final = {"column": ("field", "column", "formats"), "value": ("field", "says", "means")}
_PLAIN: Final = ("name", "sender_kind", "delimiter", "checks", "tolerance_minutes", "source")


class NoMapping(HomewardError):
    """There is no mapping of this name and no such file."""


def has_time(form: str) -> bool:
    """True if a format of `datetime.strptime` reads an hour."""
    return bool(_HOURS.intersection(_DIRECTIVES.findall(form)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Where a field stands, and the formats its times may have (as `datetime.strptime` reads them)."""

    column: str
    formats: tuple[str, ...] = ()

    @property
    def has_days(self) -> bool:
        """True if a format of it has no time of day: then only days are compared."""
        return not all(map(has_time, self.formats))

    @property
    def expected(self) -> str:
        """How a time may be written, by an example of each of the first formats."""
        examples = list(dict.fromkeys(_EXAMPLE.strftime(form) for form in self.formats))
        more = len(examples) - _SHOWN
        return " or ".join(examples[:_SHOWN]) + (f" or one of {more} other forms" if more > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractMapping:
    """A mapping as read. `tolerance_minutes` is how far two times may lie apart and still be called the same."""

    name: str
    sender_kind: AgencyKind
    columns: Mapping[str, Mapped]
    values: Mapping[tuple[str, str], str]
    delimiter: str = ","
    checks: str | None = None
    tolerance_minutes: int = 5

    @property
    def has_days(self) -> bool:
        """True if the times of an absence may be known by their day alone."""
        return any(self.columns[name].has_days for name in ("began_at", "ended_at") if name in self.columns)

    def meaning(self, field: str, said: str) -> str | None:
        """What a coded value means; None if the mapping does not say. Where no codes are listed, the word itself."""
        coded = self.values.get((field, said.casefold()))
        if coded is not None:
            return coded
        word = said.strip().casefold().replace(" ", "_")
        return word if word in _MEANINGS[field] else None

    def words(self, field: str) -> tuple[str, ...]:
        """The words that may stand for a coded value."""
        said = (word for (name, word) in self.values if name == field)
        return tuple(dict.fromkeys((*said, *(word.replace("_", " ") for word in _MEANINGS[field]))))

    @classmethod
    def from_text(cls, text: str, file: str) -> "ExtractMapping":
        """Read a mapping.

        Raises:
            BrokenRules: what is wrong, with file, line and the nearest known word.
        """
        top, tables = read_tables(file, text, ("column", "value"))
        plain = top.values
        for key in plain:
            if key not in _PLAIN:
                top.refuse(key, f"{key!r} is no setting of a mapping", nearest_word(key, _PLAIN))
        columns = dict(_column(row) for row in tables["column"])
        if len(columns) != len(tables["column"]):
            raise BrokenRules(file=file, line=tables["column"][-1].line, reason="a field is mapped twice")
        missing = [name for name in NEEDED if name not in columns]
        if missing:
            raise BrokenRules(file=file, line=1, reason=f"no [[column]] maps {', '.join(missing)}")
        return cls(
            name=_word(plain, "name", text, file),
            sender_kind=AgencyKind(
                _word(
                    plain, "sender_kind", text, file, known=[kind.value for kind in AgencyKind if kind.value != "hub"]
                )
            ),
            columns=columns,
            values=_values(tables["value"]),
            **_settings(plain, text, file),
        )


def mapping_named(name: str) -> ExtractMapping:
    """A mapping of this package by its name, or one read from a file by its path.

    Raises:
        NoMapping: it is neither.
        BrokenRules: it is refused.
    """
    if name in PACKAGED:
        text = resources.files("deploy.reconcile").joinpath("mappings", f"{name}.toml").read_text("utf-8")
        return ExtractMapping.from_text(text, f"{name}.toml")
    path = Path(name)
    if not path.is_file():
        near = nearest_word(name, PACKAGED)
        meant = f"; did you mean {near!r}?" if near else ""
        message = f"there is no mapping {name!r}: give a file, or one of {', '.join(PACKAGED)}{meant}"
        raise NoMapping(message)
    return ExtractMapping.from_text(utf8_of(path.read_bytes(), path.name), path.name)


def _column(row: Table) -> tuple[str, Mapped]:
    row.only(_KEYS["column"])
    field = row.word("field", FIELDS)
    formats = row.words("formats")
    needs_formats = field in {"began_at", "ended_at", "date_of_birth"}
    if needs_formats and not formats:
        row.refuse("formats", f"{field!r} is a time: 'formats' must list how it is written, as in [\"%d/%m/%Y\"]")
    for one in formats:
        if (wrong := _wrong_format(one)) is not None:
            row.refuse("formats", f"{one!r} {wrong}")
    return field, Mapped(column=row.text("column").strip().casefold(), formats=formats)


def _wrong_format(form: str) -> str | None:
    """What is wrong with a format of a time: no row would ever be read with it, or each would be read wrongly."""
    parts = _DIRECTIVES.findall(form)
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        if "bad directive" in str(error) or "stray" in str(error):
            return f"is no format of a time: {error}; see datetime.strptime"
    except re.error:
        return "is no format of a time: a directive stands in it twice"
    if not _YEARS.intersection(parts):
        return "is no format of a time: it has no year"
    if any(_read_again(day, form) != day.date() for day in _DAYS):
        return "is no format of a time: it does not say the day and the month"
    if "I" in parts and "p" not in parts:
        return "has an hour of twelve (%I) and does not say which half of the day (%p)"
    return None


def _read_again(day: datetime, form: str) -> date | None:
    """The day that a format makes of what it wrote; None where it cannot read even that."""
    try:
        return datetime.strptime(day.strftime(form), form).date()  # noqa: DTZ007 - only the day is looked at
    except ValueError:
        return None


def _values(rows: Sequence[Table]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        said, means = _value(row)
        if found.setdefault(said, means) != means:
            row.refuse(
                "says", f"an earlier [[value]] says that {row.text('says')!r} means {found[said]!r}; keep one of them"
            )
    return found


class _Settings(TypedDict):
    """What stands at the top of a mapping and may be left out."""

    delimiter: str
    checks: str | None
    tolerance_minutes: int


def _settings(plain: Mapping[str, Any], text: str, file: str) -> _Settings:
    delimiter, checks, minutes = (
        plain.get(key, default) for key, default in (("delimiter", ","), ("checks", None), ("tolerance_minutes", 5))
    )

    def refuse(key: str, reason: str) -> NoReturn:
        raise BrokenRules(file=file, line=_line_of(text, key), reason=reason)

    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter.isalnum() or not _separates(delimiter):
        refuse("delimiter", f'{_short(delimiter)} separates nothing; expected one sign, such as ",", ";" or "\\t"')
    if checks is not None and checks not in _CHECKS:
        refuse("checks", f'{_short(checks)} names no checks; expected "903", or nothing')
    if type(minutes) is not int or not 0 <= minutes <= _MOST_MINUTES:
        reason = f"{_short(minutes)} is no number of minutes; expected a whole one from 0 to {_MOST_MINUTES:,}"
        refuse("tolerance_minutes", reason)
    return {"delimiter": delimiter, "checks": checks, "tolerance_minutes": minutes}


def _separates(sign: str) -> bool:
    return sign == "\t" or (sign.isprintable() and sign != '"')


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= _LONGEST_SAID else f"{said[:_LONGEST_SAID]}..."


def _value(row: Table) -> tuple[tuple[str, str], str]:
    row.only(_KEYS["value"])
    field = row.word("field", tuple(_MEANINGS))
    return (field, row.text("says").casefold()), row.word("means", _MEANINGS[field])


def _word(plain: Mapping[str, Any], key: str, text: str, file: str, known: Collection[str] | None = None) -> str:
    value = plain.get(key)
    if not isinstance(value, str) or not value:
        raise BrokenRules(file=file, line=1, reason=f"{key!r} must be given, as words in quotes")
    if known is not None and value not in known:
        raise BrokenRules(
            file=file, line=_line_of(text, key), reason=f"{value!r} is no {key}", nearest=nearest_word(value, known)
        )
    return value


def _line_of(text: str, key: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(key)), 1)
