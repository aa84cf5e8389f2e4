"""The judge: from the topics alone, by id, was anything lost, and would anybody see anything twice?"""

from collections import defaultdict
from collections.abc import Sequence

from hub.ids import AgencyId
from schemas.records import NoticeKind
from tests.kafka.way.town import POLICE, ROCHDALE, Seen, Town

TOLD = (POLICE, ROCHDALE)
"""Who must be told of a child last seen in Rochdale that another council reports."""


async def judge(town: Town, sender: AgencyId, reports: Sequence[str]) -> None:
    """Wait until these reports have gone all the way, then hold what stands in the topics against the rules.

    Nothing is missing: each report is accepted, answered, logged, told to everybody who must know, and told of. No
    second visible effect: a repeat on the wire has the id and the plaintext of the first, and a reader drops it.
    """
    for report in reports:
        await town.receipt(sender, report)
    for report in reports:
        await town.told(report, *TOLD)
    assert_once(town, town.inbox(sender), sender, reports)
    for recipient in TOLD:
        assert_once(town, town.inbox(recipient), recipient, reports)
        for report in reports:
            news = {n.notice_id for n in town.notices(recipient, caused_by=[report]) if n.kind is NoticeKind.NEWS}
            assert len(news) == 1, f"{recipient} was told {len(news)} times of {report}"
    for report in reports:
        assert len({seen.key for seen in town.with_id("events", report)}) == 1, f"{report} is in two logs"
        assert len({receipt_id(seen) for seen in answers(town, sender, report)}) == 1, f"{report}: two answers"


def assert_once(town: Town, inbox: Sequence[Seen], reader: AgencyId, reports: Sequence[str]) -> None:
    """Records of one id say the same, so that whoever keeps the first has all of it."""
    plain: dict[str, set[bytes]] = defaultdict(set)
    for seen in inbox:
        if seen.header("ce_cause") in reports or seen.key.decode() in reports:
            plain[seen.id].add(town.plaintext(seen, reader))
    assert plain
    assert all(len(texts) == 1 for texts in plain.values()), "one id, two plaintexts"


def answers(town: Town, sender: AgencyId, report: str) -> list[Seen]:
    return [seen for seen in town.inbox(sender) if seen.header("ce_type") == "Receipt" and seen.key == report.encode()]


def receipt_id(seen: Seen) -> str:
    return seen.id
