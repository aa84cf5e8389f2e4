"""Looking into records, whatever their shape."""

from collections.abc import Iterator
from dataclasses import fields

from schemas.records import Record

__all__ = ["every_text"]


def every_text(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a record, however deep, with its dotted path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for each in value:
            yield from every_text(each, path)
    elif isinstance(value, Record):
        for field in fields(value):  # type: ignore[arg-type]  # every record is a dataclass
            yield from every_text(getattr(value, field.name), f"{path}.{field.name}".lstrip("."))
