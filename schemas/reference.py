"""Writes the message reference from the schemas: `python -m schemas.reference`.

Two files, both complete functions of the sources: `docs/reference/messages.md` to be read by people, and
`docs/reference/asyncapi.yaml`, the same contract as AsyncAPI 3 for tools. `--check` writes nothing and fails where
they are stale. What a recipient may see of a message is not here: that is the disclosure table's.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from schemas.asyncapi import document
from schemas.catalogue import CONTROL, INHERIT, plain_type
from schemas.generate import common_fields
from schemas.sources import Schema, released, sources

FOLDER: Final = Path(__file__).parent.parent / "docs" / "reference"

_INTRODUCTION: Final = """\
# Messages

Every message of Homeward, field by field. Written by `python -m schemas.reference` from the schemas in
`schemas/avro/`; a tool reads the same from [asyncapi.yaml](asyncapi.yaml). How a message is framed, sealed and
signed is on the page about the wire format.

- **Type**: times are UTC to the millisecond, between 1900 and 2100; a `?` marks a field that may be missing; a list
  is empty where there is nothing. A name in CamelCase is described further down.
- **Cap**: the most characters, bytes or items. Text or a list above its cap is cut in a report and asked back; a
  range names the lowest and the highest number.
- **Class**: who may read the field follows from its class and the reader's role. `holder` means the class of the
  field that holds it; `control` is never told by class. An address marked `protected` counts as `protected`
  wherever it is.
- Every vocabulary also has `unknown`: a blank, or a word newer than the reader.
"""
_SECTIONS: Final = {
    "message": (
        "Messages of agencies",
        "Signed by the agency, sealed to the hub, sent to `inbound`. All begin with these fields:",
    ),
    "acknowledgement": ("Acknowledgements", "Sent like a message, but answered by no receipt."),
    "hub": ("Records of the hub", "Signed by the hub; who can open one depends on the topic."),
    "part": ("Parts", "Records that only travel inside another."),
}
_SIMPLE: Final = {
    "boolean": "yes or no",
    "int": "whole number",
    "long": "whole number",
    "double": "number",
    "bytes": "bytes",
    "string": "text",
}
_LOGICAL: Final = {"timestamp-millis": "time", "date": "date", "uuid": "UUID"}


def messages_page() -> str:
    """The reference page: contents, then every record by kind, then every vocabulary."""
    types = sources()
    lines = [_INTRODUCTION, "## Contents", ""]
    for kind, (title, _) in _SECTIONS.items():
        links = ", ".join(f"[{name}](#{name.lower()})" for name, schema in types.items() if schema.get("kind") == kind)
        lines.append(f"- **{title}**: {links}")
    lines += ["- **[Vocabularies](#vocabularies)**", ""]
    for kind, (title, introduction) in _SECTIONS.items():
        lines += [f"## {title}", "", introduction, ""]
        lines += _table(common_fields(types)) if kind == "message" else []
        for name, schema in types.items():
            if schema.get("kind") == kind:
                lines += _record_section(name, schema)
    lines += ["## Vocabularies", ""]
    for name, schema in types.items():
        if schema["type"] == "enum":
            symbols = ", ".join(f"`{symbol}`" for symbol in schema["symbols"])
            lines += [f"### {name}", "", schema["doc"], "", symbols, ""]
    return "\n".join(lines).rstrip() + "\n"


def _record_section(name: str, schema: Schema) -> list[str]:
    lines = [f"### {name}", "", schema["doc"], ""]
    if "sent_by" in schema:
        lines += [f"From: {', '.join(schema['sent_by'])}. Topic: `{schema['topic']}`. {_version(name)}", ""]
    elif "topic" in schema:
        lines += [f"From: the hub. Topic: `{schema['topic']}`. {_version(name)}", ""]
    own = schema["fields"][len(common_fields(sources())) :] if schema.get("kind") == "message" else schema["fields"]
    return lines + _table(own)


def _table(fields: list[Schema]) -> list[str]:
    head = ["| field | type | cap | class | meaning |", "|---|---|---|---|---|"]
    return [*head, *(_field_row(field) for field in fields), ""]


def _version(name: str) -> str:
    return f"Version {released()[name][-1].version}." if name in released() else ""


def _field_row(field: Schema) -> str:
    disclosure = {INHERIT: "holder", CONTROL: "control"}.get(field["class"], field["class"])
    cells = (f"`{field['name']}`", _type_cell(field), _cap_cell(field), disclosure, field["doc"])
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _type_cell(field: Schema) -> str:
    inner, is_array = plain_type(field["type"])
    name = _LOGICAL[inner["logicalType"]] if isinstance(inner, dict) else _SIMPLE.get(inner)
    shown = name or f"[{inner}](#{inner.lower()})"
    if is_array:
        return f"list of {shown}"
    return f"{shown}?" if isinstance(field["type"], list) else shown


def _cap_cell(field: Schema) -> str:
    if "range" in field:
        return f"{field['range'][0]} to {field['range'][1]}"
    if "item_cap" in field:
        return f"{field['cap']} of {field['item_cap']}"
    return str(field.get("cap", ""))


def pages() -> dict[str, str]:
    """Both files by name, complete."""
    return {"messages.md": messages_page(), "asyncapi.yaml": document()}


def stale() -> list[str]:
    """Names of reference files that differ from what the sources say now."""
    return [name for name, text in pages().items() if _present(FOLDER / name) != text]


def _present(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def main(arguments: list[str] | None = None) -> int:
    """Write the reference, or with `--check` say what is stale; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m schemas.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")
    if parser.parse_args(arguments).check:
        for name in (names := stale()):
            sys.stderr.write(f"docs/reference/{name} is stale: run python -m schemas.reference\n")
        return 1 if names else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
