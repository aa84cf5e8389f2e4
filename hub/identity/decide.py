"""The decision: to which child a claim belongs, why, and which pairs a person should look at.

Rules:
1. The sender's own reference decides at once within that sender, unless what it says now cannot be the same child: then
   a claim of its own begins, and a person looks at the two. A correction is of the record that it corrects.
2. The likeliest child is linked where its probability passes the stated costs and personal evidence is there; else it
   is reviewed where looking costs less than missing it, or where an identifier or a reference agrees; else the child
   is new. A review holds nothing up: the report is routed at once as of its own child.
3. Evidence for two children at once is a review, unless the second is far behind, or the two are likely to be one: most
   children that fit one report are, so the second counts for its share (`rivals`). An identifier that agrees with a
   child far behind is shown to a person, and holds no link up.
4. A report that gives another name than the likeliest child's, and that of a child who may be its twin, brother or
   sister, is a review: the number may stand on the wrong record.
5. Where a twin of the likeliest child is known, the report must be told from it: by the given name, and not by what
   brothers and sisters share; else a person is asked. So it is where one agency has two references for one night.
6. What a reviewer decided beats any score for ever, in both directions; an adoption break beats everything: a report
   that holds both identities is withheld from both, one that holds one of them is never put beside the other.
7. What a claim says later moves nothing. Where it points to another child now, and did not, a person looks at the two.
Decisions are numbered per claim; a rebuild replays them and decides nothing again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.identity.adoption import both_sides_named, without_the_other_side
from hub.identity.births import Birth
from hub.identity.claims import ClaimRecord
from hub.identity.comparisons import Official, Quoted, compare
from hub.identity.doubts import Review, better_named, doubt_in_words, doubtful_among, is_doubtful, pairs_with
from hub.identity.explanation import Explanation, Weighed, explanation
from hub.identity.facts import ClaimFacts
from hub.identity.gate import is_by_name, points_at_one_child
from hub.identity.index import MOST_CLAIMS, IdentityIndex
from hub.identity.names import Family, Given
from hub.identity.profile import profile_of
from hub.identity.twins import are_one, has_a_like_twin, is_of_two_at_once
from hub.identity.weighing import weigh, weighed_as_one
from hub.ids import ChildId, ClaimId, EventId, derived_id, first_child_id
from schemas.records import ClaimOutcome

_ANOTHER_BIRTH = frozenset({Birth.DIFFERENT, Birth.SAME_YEAR, Birth.NEAR_YEAR})
_ONE_BIRTH = frozenset({Birth.SAME, Birth.SWAPPED})
_LATER = "what this record says later points to another child"
_CLEARLY = 10
"""So many times likelier than the other is the child whose name and birthday decide between two numbers (c)."""
_FAR_BEHIND = 10_000
"""So many times less likely than the best, another child takes nothing from it that counts (c)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A claim as it stands decided; whether its decision was taken because of this very event; pairs to look at.

    `is_taken_now` is True also when the same event is handled again: its decision is then written again, the same.
    `explanation` is there where evidence was weighed. `withheld` are the two children on the sides of an adoption
    break that this one report names both: nothing of it may reach either. `either` are children on the sides of a break
    of which the report may be one or the other: a pair with one of them is for whoever alone may know of both.
    """

    record: ClaimRecord
    is_taken_now: bool
    reviews: tuple[Review, ...] = ()
    explanation: Explanation | None = None
    withheld: frozenset[ChildId] = frozenset()
    either: frozenset[ChildId] = frozenset()


def decide(facts: ClaimFacts, event: EventId, order: int, index: IdentityIndex) -> Decision:
    """Decide about the claim of one report. Deterministic; the caller puts `record` into the index."""
    known = index.claim(facts.claim)
    if index.has_breaks and (withheld := both_sides_named(facts, known, index)):
        return _withheld(facts, event, order, withheld, index)
    if known is None:
        return _decide_anew(facts, event, order, index)
    if known.decided_by != event and not facts.is_correction and _is_beyond_belief(facts, known.facts):
        return _another_child(facts, event, order, index)
    record = known.with_facts(facts)
    if known.decided_by != event:
        return _known_better(known, record, index)
    if known.outcome is not ClaimOutcome.REVIEW:
        return Decision(record=record, is_taken_now=True)
    weighed, either, crowded = _weighed(facts, index)
    return Decision(
        record=record,
        is_taken_now=True,
        reviews=pairs_with(known, doubtful_among(weighed, index), known.why),
        explanation=explanation(known.outcome, weighed, crowded, index.surroundings),
        either=either,
    )


def _weighed(facts: ClaimFacts, index: IdentityIndex) -> tuple[list[Weighed], frozenset[ChildId], int]:
    """The candidates without the sides of breaks that are not meant, those that may be either side, and the crowd."""
    weighed, crowded = weigh(facts, index)
    if not index.has_breaks:
        return weighed, frozenset(), crowded
    return *without_the_other_side(weighed, index), crowded


def _known_better(known: ClaimRecord, record: ClaimRecord, index: IdentityIndex) -> Decision:
    """A further report of a claim: it moves nothing, and what it newly says may put a pair before a person.

    Only what points to another child now, and did not before, is put there: a pair that waits keeps its time. A child
    of several claims is looked at where the other one fits about as well, or has the identifier or reference.
    """
    if not known.facts.is_told_more_by(record.facts):
        return Decision(record=record, is_taken_now=False)
    weighed, either, crowded = _weighed(record.facts, index)
    own = next((each.score.odds for each in weighed if each.child == record.child), 0.0)
    others = [each for each in weighed if each.child != record.child and not index.are_barred(record.child, each.child)]
    before = {each.child for each in doubtful_among(_weighed(known.facts, index)[0], index)}
    doubtful = [
        each
        for each in others
        if is_doubtful(each, index)
        and each.child not in before
        and (points_at_one_child(each.score.levels) or each.score.odds * _CLEARLY >= own)
    ]
    return Decision(
        record=record,
        is_taken_now=False,
        reviews=pairs_with(record, doubtful, _LATER),
        explanation=explanation(ClaimOutcome.REVIEW, others, crowded, index.surroundings) if doubtful else None,
        either=either,
    )


def _decide_anew(facts: ClaimFacts, event: EventId, order: int, index: IdentityIndex) -> Decision:
    weighed, either, crowded = _weighed(facts, index)
    doubtful = doubtful_among(weighed, index)
    child, matched = first_child_id(facts.claim), None
    if weighed and _is_linked(weighed, facts, index):
        best = weighed[0]
        child, matched, outcome, why = best.child, best.matched, ClaimOutcome.LINK, _link_reason(best)
        doubtful = [each for each in weighed[1:] if points_at_one_child(each.score.levels)]
    elif doubtful:
        outcome, why = ClaimOutcome.REVIEW, doubt_in_words(doubtful, index)
    else:
        outcome, why = ClaimOutcome.FIRST, "nothing known points to another child"
    record = ClaimRecord(
        facts=facts.kept, child=child, origin=child, order=order, number=1, decided_by=event, came_from=None,
        outcome=outcome, why=why, matched=matched,
    )  # fmt: skip
    return Decision(
        record=record,
        is_taken_now=True,
        reviews=pairs_with(record, doubtful, record.why),
        explanation=explanation(outcome, weighed, crowded, index.surroundings),
        either=either,
    )


def _another_child(facts: ClaimFacts, event: EventId, order: int, index: IdentityIndex) -> Decision:
    """The sender's reference stands for another child now: a claim of its own, and a person looks at both.

    Its reference is left out of what it is found by: it names the first child as well. Where as many children have
    stood under it as are looked at for one decision, it names nobody any more: a report of yet another one has its
    claim by the name and birthday that it gives, and is compared as any sender's is.
    """
    claim = _claim_of_another(facts, event, index)
    apart = replace(facts, claim=claim, own_references=frozenset())
    if index.claim(claim) is not None:
        return decide(apart, event, order, index)
    decision = _decide_anew(apart, event, order, index)
    first = index.claim(facts.claim)
    if decision.record.outcome is not ClaimOutcome.FIRST or first is None:
        return decision
    why = "the sender's own reference, with another name and date of birth"
    record = replace(decision.record, outcome=ClaimOutcome.REVIEW, why=why)
    review = Review(claim_a=record.claim, claim_b=first.claim, child_a=record.child, child_b=first.child, why=why)
    return replace(decision, record=record, reviews=(review,))


def _claim_of_another(facts: ClaimFacts, event: EventId, index: IdentityIndex) -> ClaimId:
    """The claim of another child under a reference: that of this very event, where it is decided again; one that may be
    of this child; else a new one.
    """
    by_name = _further_claim(facts.claim, _named(facts))
    if index.claim(by_name) is not None:
        return by_name
    others: list[ClaimRecord] = []
    for number in range(2, 2 + MOST_CLAIMS):
        claim = _further_claim(facts.claim, str(number))
        other = index.claim(claim)
        if other is None:
            new = claim
            break
        others.append(other)
    else:
        new = by_name
    own = next((other.claim for other in others if other.decided_by == event), None)
    return own or next((other.claim for other in others if not _is_beyond_belief(facts, other.facts)), new)


def _named(facts: ClaimFacts) -> str:
    """The name and birthday of a report in one text, the same for the same."""
    return repr([sorted(facts.given), sorted(facts.family), sorted(map(str, facts.births))])


def _further_claim(claim: ClaimId, what: str) -> ClaimId:
    """A claim of its own for what an agency filed under a reference that stands for somebody else."""
    return ClaimId(derived_id(claim, "another child", what).replace("-", ""))


def _withheld(
    facts: ClaimFacts, event: EventId, order: int, children: frozenset[ChildId], index: IdentityIndex
) -> Decision:
    """A claim of its own that nothing was compared for: whoever reads it must not learn of both."""
    claim = _further_claim(facts.claim, f"withheld {event}")
    own = index.claim(claim)
    record = own if own is not None else ClaimRecord(
        facts=ClaimFacts(claim=claim, agency=facts.agency, agency_kind=facts.agency_kind),
        child=first_child_id(claim), origin=first_child_id(claim), order=order, number=1, decided_by=event,
        came_from=None, outcome=ClaimOutcome.REVIEW, why="to be looked at by a named role of the authority",
    )  # fmt: skip
    return Decision(record=record, is_taken_now=True, withheld=children)


def _is_linked(weighed: Sequence[Weighed], facts: ClaimFacts, index: IdentityIndex) -> bool:
    """Rule 2, and rule 3: whether what speaks for the others leaves the best one its probability.

    Either a rival is another child, and shares the probability; or the two are one child that stands in the index in
    pieces, and then what agrees with either speaks for it. Numbers or references of two children are never weighed up.
    """
    best, *others = weighed
    if not best.score.may_link(index.weights) or better_named(weighed, index) or has_a_like_twin(weighed, index):
        return False
    if is_of_two_at_once(best, facts, index):
        return False
    right, wrong = best.score.cautious_odds, 1.0
    for other in others:
        if other.score.odds * _FAR_BEHIND < best.score.cautious_odds:
            continue
        one = are_one(best, other, index)
        if _point_at_two(best, other):
            return False
        right += one * weighed_as_one(facts, best.child, other.child, index).cautious_odds
        share = 1.0 if index.are_barred(best.child, other.child) else index.weights.rivals
        wrong += (1 - one) * share * other.score.odds
    return right / (right + wrong) >= index.weights.costs.link_from


def _point_at_two(best: Weighed, other: Weighed) -> bool:
    """Whether numbers or references are of two children, and name and birthday do not say clearly of which one."""
    if not (points_at_one_child(best.score.levels) and points_at_one_child(other.score.levels)):
        return False
    return not is_by_name(best.score.levels) or other.score.odds * _CLEARLY > best.score.cautious_odds


def _is_beyond_belief(facts: ClaimFacts, known: ClaimFacts) -> bool:
    """What the sender's own reference says now cannot be the same child: another given name and another date of birth,
    or another name altogether and no date of birth that agrees.
    """
    levels = compare(profile_of(facts), profile_of(known)).levels
    if levels.identifier is Official.SAME:
        return False
    if levels.given is Given.UNKNOWN:
        return levels.family is Family.DIFFERENT and levels.birth is Birth.DIFFERENT
    if levels.given is not Given.DIFFERENT:
        return False
    if levels.birth in _ANOTHER_BIRTH:
        return True
    return levels.family is Family.DIFFERENT and levels.birth not in _ONE_BIRTH


def _link_reason(best: Weighed) -> str:
    levels = best.score.levels
    agreeing = [
        name
        for name, agrees in (
            ("an official identifier", levels.identifier is Official.SAME),
            ("a quoted reference", levels.reference in {Quoted.QUOTED, Quoted.SHARED}),
            ("a given name", levels.given not in {Given.UNKNOWN, Given.DIFFERENT, Given.INITIAL, Given.NEAR}),
            ("the date of birth", levels.birth in {Birth.SAME, Birth.SWAPPED, Birth.CLOSE}),
        )
        if agrees
    ]
    return f"{' and '.join(agreeing)} agree; {best.score.bits:.1f} bits"
