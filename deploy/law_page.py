"""The page that says which rule comes from which law or guidance, from the `source` of every row of the tables.

`python -m deploy.law_page` writes `docs/explanation/law-and-guidance.md`; with `--check` it writes nothing and fails
when the page is stale, as a test does. A row is listed under every document that its source names; a row that names
none is the project's own default or follows from a promise of the design, and is listed at the end.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from hub.deadlines import DEADLINES_FILE, packaged_deadline_rules
from hub.delivery import packaged_delivery_rules
from hub.routing.rules import Rules, packaged_rules

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "law-and-guidance.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A law, a piece of guidance or a finding, and how the tables name it."""

    names: str
    title: str
    asks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a table: where it stands, its name there, and its source as written."""

    table: str
    name: str
    source: str


DOCUMENTS: Final = (
    Document(
        names=r"\bSG\b",
        title="SG: Department for Education, *Statutory guidance on children who run away or go missing from home or "
        "care* (January 2014)",
        asks="who is told of a missing or absent child, who fetches the child, and the independent return interview "
        "within 72 hours, offered to every child",
    ),
    Document(
        names=r"\bAPP\b",
        title="APP: College of Policing, Authorised Professional Practice, *Missing persons*",
        asks="missing until located and well-being confirmed; grades of risk, reviewed continually; enquiries and "
        "circulation; the prevention interview",
    ),
    Document(
        names=r"\bOfsted\b",
        title="Ofsted, *Missing children* (8 February 2013)",
        asks="a finding, not a rule: placing authorities poorly informed, checks not shared, data that differ",
    ),
    Document(
        names=r"\bCPR\b",
        title="CPR: Care Planning, Placement and Case Review (England) Regulations 2010",
        asks="the authority of the area is told of a placement (regulation 13) and of its end (regulation 14)",
    ),
    Document(
        names=r"\bCHR\b",
        title="CHR: Children's Homes (England) Regulations 2015",
        asks="the home knows the child and records; one statement of a placement is checked against the other",
    ),
    Document(
        names=r"\bCA89\b|Children Act 1989",
        title="CA89: Children Act 1989",
        asks="the duty to a child in need where the child is (section 17), the enquiry on reasonable cause "
        "(section 47), the virtual school head (section 22(3B))",
    ),
    Document(
        names=r"\bWT\b",
        title="WT: *Working Together to Safeguard Children*",
        asks="the lead social worker of a protection plan, the strategy decision, the serious-incident notification",
    ),
    Document(
        names=r"\bUKMPU\b",
        title="UKMPU: UK Missing Persons Unit, code of practice (2009)",
        asks="the national unit is told of who is still missing",
    ),
    Document(
        names=r"Modern Slavery Act",
        title="Modern Slavery Act 2015, section 52, and the statutory guidance under it",
        asks="first responders consider a referral to the National Referral Mechanism",
    ),
    Document(
        names=r"National Missing Persons Framework",
        title="Scottish Government, *National Missing Persons Framework for Scotland* (2017)",
        asks="a return discussion with whoever was missing",
    ),
    Document(
        names=r"Keeping children safe",
        title="Department for Education, *Keeping children safe in education*",
        asks="the school's safeguarding lead",
    ),
)
_INTRODUCTION: Final = """\
# Which law, which guidance

<!-- Written by `python -m deploy.law_page` from the `source` of every row of the tables; edit those. -->

Every row of every table names its source. This page turns them round: for each document, the rows that rest on it.
England first. *(c)* marks a cautious default of this project, to be settled by the agencies that use it; it is not law,
and a row may have both: the duty from a document, the number of minutes from us. The page helps to check the tables; it
is no legal advice, and what it says of a document is our reading.
"""
_IN_CODE: Final = (
    (
        (
            "one leaf for each collection, alteration, consultation, disclosure, combination and erasure, with time, "
            "agency, role, purpose and recipients"
        ),
        "Data Protection Act 2018, section 62: what a controller, or a processor for it, logs",
        (
            "`hub/evidence.py`. Leaves are written today for collection, disclosure, combination and a late event of "
            "an erased child: see [the limits](limits.md)"
        ),
    ),
    (
        "police act under Part 3 of the Act, everybody else under UK GDPR: each leaf names its regime",
        "Data Protection Act 2018, Part 3; UK GDPR",
        "`hub/evidence.py`",
    ),
    (
        (
            "those logs serve lawfulness, self-monitoring, integrity and security, and criminal proceedings; no "
            "measure is made from them"
        ),
        "Data Protection Act 2018, section 62(4)",
        "`audit` is read by its sequencer and by auditors: [permissions](../reference/topics-and-permissions.md)",
    ),
    (
        "what is shared is what a role needs for a purpose; silence means no",
        "UK GDPR, article 5(1)(c); Children Act 2004, sections 10 and 11, for the duty to co-operate",
        "`hub/routing/disclosure.toml`, `hub/entry/ceilings.toml`",
    ),
    (
        "an absence is `M` or `A`, in phases",
        "Department for Education, return on looked-after children (903)",
        "`hub/episode/phases.py`; the export is not built",
    ),
    (
        "found has a strength: a text message never ends a search",
        "APP: located means seen safe",
        "`hub/episode/marks.py`",
    ),
    (
        (
            "the first force that treats a child as missing or found has the case until another accepts it; that "
            "another does not record the child takes nothing from it"
        ),
        "the project's own rule (c)",
        "`hub/episode/holding.py`",
    ),
    (
        "a death is sealed until the owning force records that the family is informed, and then goes to named roles",
        "the project's own rule (c)",
        "`hub/episode/death.py`, `hub/entry/protection.toml`",
    ),
    (
        "a consistent identifier is a field of the person",
        "Children's Wellbeing and Schools Act 2026, section 4; the start of the duty is not confirmed",
        "`Identifier` in the [message reference](../reference/messages.md)",
    ),
)


def rules(tables: Rules) -> Iterator[Rule]:
    """Every row of every table that decides who is told, who reads what, what is owed by when, and what is shown."""
    for row in tables.rows:
        yield Rule(table="routing.toml", name=row.id, source=row.source)
    for follow in tables.follows:
        yield Rule(table="routing.toml", name=f"follow {follow.id}", source=follow.source)
    for raised in tables.raises:
        yield Rule(table="routing.toml", name=f"raise {raised.id}", source=raised.source)
    for unfound in tables.unfound.values():
        yield Rule(table="routing.toml", name=f"unfound {unfound.id}", source=unfound.source)
    for aim in packaged_delivery_rules().aims.values():
        yield Rule(table="delivery.toml", name=f"aim {aim.risk}", source=aim.source)
    for grant in dict.fromkeys(tables.grants.values()):
        name = f"{grant.role} for {', '.join(sorted(grant.purposes))}"
        yield Rule(table="disclosure.toml", name=name, source=grant.source)
    yield from _closing(tables)
    for duty in packaged_deadline_rules().rows:
        yield Rule(table=DEADLINES_FILE, name=f"{duty.duty} from {duty.base}", source=duty.source)
    for file, kind in (("golden.toml", "golden"), ("protection.toml", "raise"), ("ceilings.toml", "ceiling")):
        for entry in tomllib.loads(files("hub.entry").joinpath(file).read_text("utf-8"))[kind]:
            what = _some(entry["fields"]) if "fields" in entry else f"{entry['kind']} {entry['role']}".strip()
            yield Rule(table=file, name=what, source=entry["source"])


def _closing(tables: Rules) -> Iterator[Rule]:
    """The rows that close fields whatever is granted."""
    for only in tables.only:
        yield Rule(table="disclosure.toml", name=f"only some read {_some(only.fields)}", source=only.source)
    for never in tables.never:
        yield Rule(table="disclosure.toml", name=f"never {_some(never.fields)}", source=never.source)


def page() -> str:
    """The text of the page."""
    known = list(rules(packaged_rules()))
    sections = [_section(document, known) for document in DOCUMENTS]
    others = [rule for rule in known if not any(re.search(document.names, rule.source) for document in DOCUMENTS)]
    in_code = "\n".join(("| rule | from | where |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in _IN_CODE)))
    return "\n".join(
        (
            _INTRODUCTION,
            *sections,
            "## Rules that are code\n",
            f"{in_code}\n",
            "## Rows that name no document\n",
            "Defaults of the project, and promises that the design makes by itself.\n",
            _table(others),
        )
    )


def is_stale() -> bool:
    """Whether the published page differs from the tables."""
    return not PAGE.exists() or PAGE.read_text("utf-8") != page()


def _section(document: Document, known: Iterable[Rule]) -> str:
    resting = [rule for rule in known if re.search(document.names, rule.source)]
    return f"## {document.title}\n\nAsks for: {document.asks}.\n\n{_table(resting)}"


def _table(listed: Iterable[Rule]) -> str:
    lines = [f"| `{rule.table}` | `{rule.name}` | {rule.source} |" for rule in listed]
    return "\n".join(("| table | row | source as written |", "|---|---|---|", *lines)) + "\n"


def _some(fields: Iterable[str]) -> str:
    """The first fields of a row, enough to find it."""
    names = list(fields)
    return ", ".join(names[:2]) + (", …" if len(names) > 2 else "")  # noqa: PLR2004 - two are enough to find it


def main() -> None:
    """Write the page, or with `--check` only say whether it is stale."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    elif is_stale():
        sys.exit(f"{PAGE.name} is stale; run: python -m deploy.law_page")


if __name__ == "__main__":
    main()
