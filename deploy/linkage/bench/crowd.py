# ruff: noqa: S311 - a seeded generator makes examples; nothing secret comes from it
"""Speed, memory and restart with very many children: an index filled with one source each, then decisions timed.

The index is filled by `put`, as after a restart, because a million decisions would measure nothing more than the last
thousands do; those are further reports about children of the index and about new ones, half and half.
"""

import gc
import time
from array import array
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any, Final

import psutil

from deploy.linkage.columns import Row
from deploy.linkage.generator.agencies import record
from deploy.linkage.generator.people import DAYS, FIRST_DAY, Home, Life, address, family
from deploy.linkage.generator.tuned_errors import TUNED_ERRORS
from deploy.linkage.metrics import share_above
from hub.identity import ClaimRecord, IdentityIndex, column_reference, decide, facts_from_columns
from hub.ids import AgencyId, EventId, claim_id, first_child_id
from schemas.records import ClaimOutcome
from streams.start import GARBAGE_THRESHOLD

_SECRET: Final = b"benchmark: nothing here is secret"
_KINDS: Final = [(kind, 1.0) for kind in TUNED_ERRORS]
_CHILDREN_A_CHUNK: Final = 1_000
_RESTARTED: Final = 100_000
"""The most children for which a restart is timed."""
_SENDERS: Final = (("police", 5), ("authority", 4), ("placement", 2), ("school", 1))


def crowd(children: int, seed: int) -> Iterator[tuple[Row, Row]]:
    """A first report about each of so many children, and a further one by another agency."""
    draw = Random(seed)
    made = chunk = 0
    areas = max(20, children // 700)
    homes: list[Home] = []
    while made < children:
        if made >= chunk:
            chunk += _CHILDREN_A_CHUNK
            homes = [
                Home(agency=f"placement-{chunk}-{number}", area=area, address=address(area, draw))
                for area in draw.sample(range(areas), 10)
                for number in range(4)
            ]
        for life in family(made, draw.randrange(areas), homes, draw):
            made += 1
            kinds = draw.choices([kind for kind, _ in _SENDERS], [weight for _, weight in _SENDERS], k=2)
            began = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(hours=draw.randrange(24 * DAYS))
            first, second = (_row(life, kind, f"{made}-{place}", began, draw) for place, kind in enumerate(kinds))
            yield first, second


def _row(life: Life, kind: str, reference: str, began: datetime, draw: Random) -> Row:
    sender = f"{kind}-{reference[-1]}{life.area:05d}"
    draft = record(life, (sender, kind), reference, FIRST_DAY, _KINDS, draw).draft
    return Row(
        record_id=reference, sender=sender, sender_kind=kind, received_at=began.isoformat(), episode_ref="",
        child_ref=reference, other_refs="", given_names=draft.given_names, family_name=draft.family_name,
        date_of_birth=draft.date_of_birth, sex=draft.sex, nhs_number=draft.nhs_number, upn=draft.upn,
        home_line=draft.home_line, home_postcode=draft.home_postcode, placement_line=draft.placement_line,
        placement_postcode=draft.placement_postcode,
    )  # fmt: skip


def measured_apart(children: int) -> dict[str, Any]:
    """`measured` in a process of its own: what ran before leaves memory behind that would be used again uncounted, and
    that the collector would walk through within the decisions.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as apart:
        return apart.submit(measured, children).result()


def measured(children: int, *, decisions: int = 6_000, seed: int = 77) -> dict[str, Any]:
    """Fill, measure memory, time decisions, rebuild from rows."""
    process = psutil.Process()
    further: list[Row] = []
    every = max(1, children // (decisions // 2))
    index = IdentityIndex()
    before = process.memory_info().rss
    for number, (first, second) in enumerate(crowd(children, seed)):
        index.put(_first_record(first, number))
        if number % every == 0:
            further.append(second)
    grown = process.memory_info().rss - before
    known = index.children
    gc.freeze()  # as the worker does when its index is built, and begins with
    gc.set_threshold(GARBAGE_THRESHOLD)
    strangers = [first for first, _ in crowd(decisions // 2, seed + 1)]
    reports = [row for pair in zip(further, strangers, strict=False) for row in pair]
    seconds = array("d")
    for number, row in enumerate(reports):
        began = time.perf_counter()
        columns = row.columns()
        claim = claim_id(_SECRET, AgencyId(f"later-{row.sender}"), column_reference(columns))
        facts = facts_from_columns(claim, columns)
        decision = decide(facts, EventId(str(number)), children + number, index)
        index.put(decision.record)
        seconds.append(time.perf_counter() - began)
    found: dict[str, Any] = {
        "children": known,
        "decisions": len(seconds),
        "p50_ms": round(share_above(seconds, 0.5) * 1000, 4),
        "p99_ms": round(share_above(seconds, 0.99) * 1000, 4),
        "max_ms": round(max(seconds) * 1000, 3),
        "bytes_a_child": round(grown / max(1, known)),
    }
    if children <= _RESTARTED:
        rows = [each.to_bytes() for each in index]
        began = time.perf_counter()
        rebuilt = IdentityIndex(ClaimRecord.from_bytes(row) for row in rows)
        found["restart_seconds"] = round(time.perf_counter() - began, 2)
        found["restart_claims"] = len(rebuilt)
    return found


def _first_record(row: Row, order: int) -> ClaimRecord:
    columns = row.columns()
    claim = claim_id(_SECRET, AgencyId(row.sender), column_reference(columns))
    child = first_child_id(claim)
    return ClaimRecord(
        facts=facts_from_columns(claim, columns), child=child, origin=child, order=order, number=1,
        decided_by=EventId(str(order)), came_from=None, outcome=ClaimOutcome.FIRST, why="first",
    )  # fmt: skip
