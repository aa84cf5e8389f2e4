"""Writes the typed records of `schemas/records/` from the schema sources: `python -m schemas.generate`.

One module per `group` of the sources, one frozen dataclass per record, one `StrEnum` per enumeration, with the
documentation of the schema as docstrings. The seven fields that begin every agency message are written once, in
`AgencyMessage`. `--check` writes nothing and fails where the files are stale.
"""

import argparse
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from schemas.sources import Schema, references, sources

RECORDS: Final = Path(__file__).parent / "records"
BASE_MESSAGE: Final = "AgencyMessage"
_WIDTH: Final = 110
_LINE: Final = 120
_PRIMITIVES: Final = {
    "boolean": "bool",
    "int": "int",
    "long": "int",
    "double": "float",
    "bytes": "bytes",
    "string": "str",
}
_LOGICAL: Final = {"timestamp-millis": "datetime", "date": "date", "uuid": "str"}
_GROUPS: Final = {
    "person": "Who a child is, as one sender describes them.",
    "message": "What every message of an agency begins with.",
    "place": "Where a child was seen or is placed, and which authorities and police that concerns.",
    "family": "The people and papers round a child: reporter, family, orders, the carer's form, school.",
    "report": "The report that a child is missing.",
    "amendment": "Amendments, corrections and cancellations of what the sender said before.",
    "response": "What agencies answer to a report: status, police decision, risk, ownership, enquiries.",
    "found": "Sightings, findings and returns.",
    "interview": "Interviews after a return.",
    "care": "Decisions, placements, care standings, exclusions and support.",
    "delivery": "What the hub sends to an agency, and how the agency acknowledges it.",
    "identity": "Whose claim is whose child: decisions, moves and reviews.",
    "log": "The log of record, who was told, and what the clock and the fold raise.",
    "register": "The shared register: entries, what their blocks hold, and the keys to them.",
    "directory": "Who is who: agencies, their keys, desks and grants.",
    "operations": "Audit, insight, the demonstration's clock, and quarantine.",
}


def python_type(schema: Schema) -> str:
    """The annotation of a field: a union is optional, an array a tuple, a named type its class."""
    match schema:
        case [other, "null"] | ["null", other]:
            return f"{python_type(other)} | None"
        case {"type": "array", "items": items}:
            return f"tuple[{python_type(items)}, ...]"
        case {"logicalType": logical}:
            return _LOGICAL[logical]
        case str():
            return _PRIMITIVES.get(schema, schema)
        case _:
            message = f"a type that records cannot hold: {schema!r}"
            raise TypeError(message)


def python_default(field: Schema) -> str | None:
    """The default of a field as source text, or None where the field is required."""
    match field:
        case {"type": str(name), "default": str(symbol)}:
            return f"{name}.{symbol.upper()}"
        case {"default": []}:
            return "()"
        case {"default": default}:
            return repr(default)
        case _:
            return None


def common_fields(types: Mapping[str, Schema]) -> list[Schema]:
    """The fields that begin every message of an agency: as many as all messages have in common."""
    messages = [schema["fields"] for schema in types.values() if schema.get("kind") == "message"]
    common: list[Schema] = []
    for fields in zip(*messages, strict=False):
        if any(field != fields[0] for field in fields):
            break
        common.append(fields[0])
    return common


def generated(types: Mapping[str, Schema]) -> dict[str, str]:
    """Every generated file by its name, complete."""
    groups: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for name, schema in types.items():
        groups[schema["group"]].append(name)
    common = common_fields(types)
    files = {f"{group}.py": _module(group, names, types, common) for group, names in groups.items()}
    files["__init__.py"] = _package(groups, types)
    return files


def _module(group: str, names: list[str], types: Mapping[str, Schema], common: list[Schema]) -> str:
    enums = [_enumeration(types[name]) for name in names if types[name]["type"] == "enum"]
    ordered = _in_order([name for name in names if types[name]["type"] == "record"], types)
    classes = [_record(types[name], common) for name in ordered]
    if group == "message":
        shared = {
            "name": BASE_MESSAGE,
            "doc": "What every message of an agency begins with; all of it may be missing.",
            "fields": common,
        }
        classes.append(_record(shared, []))
    body = "\n\n\n".join([*enums, *classes])
    return f'"""{_GROUPS[group]}\n\nWritten by `schemas.generate`.\n"""\n\n{_imports(group, body, types)}\n\n{body}\n'


def _imports(group: str, body: str, types: Mapping[str, Schema]) -> str:
    """The import lines that a body needs, found by the names it uses."""
    used = {word for line in body.splitlines() for word in _code_words(line)}
    homes = {name: schema["group"] for name, schema in types.items()} | {BASE_MESSAGE: "message"}
    standard = []
    if " = dataclass" in body or "@dataclass" in body:
        standard.append("from dataclasses import dataclass")
    if moments := sorted(used & {"date", "datetime"}):
        standard.append(f"from datetime import {', '.join(moments)}")
    if "(StrEnum)" in body:
        standard.append("from enum import StrEnum")
    if "ClassVar[" in body:
        standard.append("from typing import ClassVar")
    ours: dict[str, list[str]] = {}
    if "(Record)" in body:
        ours["schemas.records.base"] = ["Record"]
    for name in used & homes.keys():
        if homes[name] != group:
            ours.setdefault(f"schemas.records.{homes[name]}", []).append(name)
    own = [_import_line(module, ours[module]) for module in sorted(ours)]
    return "\n".join(standard) + ("\n\n" + "\n".join(own) if own else "") + "\n"


def _import_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(sorted(names, key=str.lower))}"
    if len(line) <= _LINE:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in sorted(names, key=str.lower)) + ")"


def _code_words(line: str) -> Iterator[str]:
    """Identifiers in the annotations, defaults and bases of one generated line, documentation apart."""
    code = line.strip()
    if code.startswith("class "):
        yield from code.partition("(")[2].rstrip("):").split(", ")
    elif ": " in code and code.partition(": ")[0].isidentifier():
        for mark in "|[],=.()":
            code = code.replace(mark, " ")
        yield from code.partition(": ")[2].split()


def _in_order(names: list[str], types: Mapping[str, Schema]) -> list[str]:
    """Records so that each stands behind those it is made of; otherwise by name."""
    done: list[str] = []

    def place(name: str) -> None:
        for needed in references(types[name]):
            if needed in names and needed not in done:
                place(needed)
        if name not in done:
            done.append(name)

    for name in sorted(names):
        place(name)
    return done


def _documentation(text: str, indent: str) -> str:
    if len(text) + len(indent) + 6 <= _LINE:
        return f'{indent}"""{text}"""'
    first, _, rest = text.partition(". ")
    if rest and len(first) + len(indent) + 4 <= _LINE:
        wrapped = textwrap.fill(rest, _WIDTH, initial_indent=indent, subsequent_indent=indent)
        return f'{indent}"""{first}.\n\n{wrapped}\n{indent}"""'
    wrapped = textwrap.fill(text, _WIDTH, initial_indent=f'{indent}"""', subsequent_indent=indent)
    return f'{wrapped}\n{indent}"""'


def _enumeration(schema: Schema) -> str:
    members = "\n".join(f'    {symbol.upper()} = "{symbol}"' for symbol in schema["symbols"])
    return f"class {schema['name']}(StrEnum):\n{_documentation(schema['doc'], '    ')}\n\n{members}"


def _record(schema: Schema, common: list[Schema]) -> str:
    is_message = schema.get("kind") == "message"
    base = BASE_MESSAGE if is_message else "Record"
    fields = schema["fields"][len(common) :] if is_message else schema["fields"]
    lines = [
        "@dataclass(frozen=True, slots=True, kw_only=True)",
        f"class {schema['name']}({base}):",
        _documentation(schema["doc"], "    "),
        "",
    ]
    if "type" in schema:
        lines += [f'    SCHEMA_NAME: ClassVar[str] = "{schema["name"]}"', ""]
    for field in fields:
        default = python_default(field)
        lines.append(f"    {field['name']}: {python_type(field['type'])}" + (f" = {default}" if default else ""))
        lines.append(_documentation(field["doc"], "    "))
    return "\n".join(lines)


def _package(groups: Mapping[str, list[str]], types: Mapping[str, Schema]) -> str:
    homes = {f"schemas.records.{group}": list(members) for group, members in groups.items()}
    homes["schemas.records.message"].append(BASE_MESSAGE)
    homes["schemas.records.base"] = ["Record"]
    imports = "\n".join(_import_line(module, homes[module]) for module in sorted(homes))
    everything = sorted([*types, BASE_MESSAGE, "Record", "RECORDS"])
    exports = "".join(f'    "{name}",\n' for name in _exports_order(everything))
    table = "".join(f'    "{name}": {name},\n' for name, schema in types.items() if schema["type"] == "record")
    return (
        '"""Every record and vocabulary of the contract, as frozen dataclasses. Written by `schemas.generate`."""\n\n'
        "from collections.abc import Mapping\n"
        "from typing import Final\n\n"
        f"{imports}\n\n"
        f"__all__ = [\n{exports}]\n\n"
        f"RECORDS: Final[Mapping[str, type[Record]]] = {{\n{table}}}\n"
        '"""Every record class by the name of its schema, parts included."""\n'
    )


def _exports_order(names: list[str]) -> list[str]:
    """Constants before classes, as linters sort an `__all__`."""
    return sorted(names, key=lambda name: (not name.isupper(), name))


def stale(types: Mapping[str, Schema]) -> list[str]:
    """Names of files under `schemas/records/` that differ from what the sources say now."""
    wanted = generated(types)
    present = {path.name: path.read_text("utf-8") for path in RECORDS.glob("*.py") if path.name != "base.py"}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def main(arguments: list[str] | None = None) -> int:
    """Write the records, or with `--check` say which are stale; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is stale")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        for name in (names := stale(sources())):
            sys.stderr.write(f"schemas/records/{name} is stale: run python -m schemas.generate\n")
        return 1 if names else 0
    for name, text in generated(sources()).items():
        (RECORDS / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
