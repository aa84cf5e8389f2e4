"""The reference pages say what the schemas say, and tools accept them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from schemas.reference import FOLDER, stale
from schemas.sources import sources, travelling_records

PARSER_SCRIPT = """
import { Parser } from '@asyncapi/parser';
import { readFileSync } from 'node:fs';
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
for (const found of diagnostics) if (found.severity === 0) console.log(found.code, found.message, found.path.join('.'));
console.log(document ? `accepted ${document.messages().all().length}` : 'refused');
"""


def test_the_reference_is_what_the_schemas_say() -> None:
    assert stale() == []


def test_every_link_of_the_page_leads_to_a_heading() -> None:
    page = (FOLDER / "messages.md").read_text("utf-8")
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in page.splitlines() if line.startswith("#")}
    links = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert links <= headings


def test_the_document_names_every_record_that_travels() -> None:
    document = yaml.load((FOLDER / "asyncapi.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert sorted(document["components"]["messages"]) == sorted(travelling_records())
    assert document["components"]["schemas"].keys() == {"Headers", *sources()}


def test_the_asyncapi_parser_accepts_the_document(tmp_path: Path) -> None:
    node, modules = shutil.which("node"), os.environ.get("ASYNCAPI_NODE_MODULES")
    if node is None or modules is None or not (Path(modules) / "@asyncapi" / "parser").exists():
        pytest.skip("needs node, and ASYNCAPI_NODE_MODULES naming a node_modules folder with @asyncapi/parser in it")
    (tmp_path / "node_modules").symlink_to(Path(modules).resolve())
    (tmp_path / "check.mjs").write_text(PARSER_SCRIPT, "utf-8")
    command = [node, "check.mjs", str((FOLDER / "asyncapi.yaml").resolve())]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.stdout.splitlines() == [f"accepted {len(travelling_records())}"], done.stdout + done.stderr
