"""Children joined by mistake and parted again: whoever was told holds what it held before, and nothing of another."""

from pathlib import Path

from schemas.records import LinkDecision, NoticeKind
from tests.unit.review.hub_in_memory import HubInMemory
from tests.unit.review.three_children import ADA, BEA, CLEO, OF_THREE, decide, police_say_back, report, state
from tests.unit.review.two_children import ROCHDALE, held


async def test_what_a_desk_was_told_to_withdraw_by_mistake_is_given_back_its_own_word_too(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, OF_THREE) as hub:
        await report(hub, ADA, 5)
        await report(hub, CLEO, 60)
        before = held(hub.inbox(ROCHDALE))
        await decide(hub, LinkDecision.SAME, ADA, CLEO, 100)
        assert any(notice.kind is NoticeKind.WITHDRAWAL for notice in hub.inbox(ROCHDALE).values())
        await decide(hub, LinkDecision.SPLIT, ADA, CLEO, 130)
        assert held(hub.inbox(ROCHDALE)) == before


async def test_what_was_told_under_a_reference_is_withdrawn_under_it(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, OF_THREE) as hub:
        await report(hub, BEA, 20)
        await report(hub, ADA, 60)
        await police_say_back(hub, ADA, 75)
        await decide(hub, LinkDecision.SAME, ADA, BEA, 100)
        await police_say_back(hub, BEA, 120)
        wrong = set(held(hub.inbox(ROCHDALE)))
        await decide(hub, LinkDecision.SPLIT, ADA, BEA, 150)
        (ada,) = state(hub, ADA).episodes
        said = hub.inbox(ROCHDALE).values()
        withdrawn = {notice.episode_id for notice in said if notice.kind is NoticeKind.WITHDRAWAL}
        assert len(wrong - {ada.id}) > 1, "told of Bea under two references"
        assert withdrawn == wrong - {ada.id}
        assert set(held(hub.inbox(ROCHDALE))) == {ada.id}
