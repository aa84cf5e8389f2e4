"""What must NOT be told, owed or known is misspelt: the file is refused, and never comes out "as expected"."""

import pytest

from hub.scenario import ScenarioRefused
from hub.scenario.field_names import notice_fields, view_fields
from hub.scenario.known_words import OWN_PURPOSES, closing_words, desks, purposes, rows
from tests.unit.scenario.nights import NIGHT, expecting, night, played

LINE = len(NIGHT.splitlines()) + 3
"""Where the second line of what is expected stands."""

MISSPELT = [
    # what is written, the word that is meant
    ("not_told: [Leeds/reviewin_team]", "reviewing_team"),
    ("not_told: {Leeds/reviewin_team: {words: [x]}}", "reviewing_team"),
    ("not_told: {Rochdale: {fields: [last_seen.plce]}}", "last_seen.place"),
    ("not_told: {Rochdale: {fields: [persn]}}", "person"),
    ("not_told: {Rochdale: {fields: [person.flags.exploitaton.value]}}", "person.flags.exploitation.value"),
    ("not_told: {Rochdale: {feilds: [person]}}", "fields"),
    ("not_told: {Rochdale: {kind: withdrawl}}", "withdrawal"),
    ("not_told: {Rochdale: {classes: [helth]}}", "health"),
    ("told: {Rochdale/directr: }", "director"),
    ("told: {Rochdale: {without: [last_seen.with_whm]}}", "last_seen.with_whom"),
    ("told: {Rochdale: {fields: [last_seen.aat]}}", "last_seen.at"),
    ("told: {Rochdale: {fields: [last_seen]}}", "last_seen.at"),
    ("told: {Rochdale: {values: {last_seen.plce: none}}}", "last_seen.place"),
    ("told: {Rochdale: {values: {companions.numbr: 1}}}", "companions.number"),
    ("told: {Rochdale: {values: {duty.return_interveiw.due_at: none}}}", "duty.return_interview.due_at"),
    ("told: {Rochdale: {values: {risk.grade: hgh}}}", "high"),
    ("told: {Rochdale: {withdraws: [risk.grad]}}", "risk.grade"),
    ("told: {Rochdale: {row: missing.responsible_authorty}}", "missing.responsible_authority"),
    ("told: {Rochdale: {purpose: find_the_chid}}", "find_the_child"),
    ("told: {Rochdale: {purpose: telefone}}", "telephone"),
    ("told_only: [Rochdale/social_worker_teem]", "social_worker_team"),
    ("told_by_telephone: [Rochdale/directr]", "director"),
    ("telephone: {Rochdale: [Lancashire Police/dutty]}", "duty"),
    ("delivery: {Rochdale/directr: opened}", "director"),
    ("register: {last_seen.plce: none}", "last_seen.place"),
    ("register: {episode.statsu: none}", "episode.status"),
    ("register: {risk.grade: medum}", "medium"),
    ("register: {flags: {exploitaton: none}}", "exploitation"),
    ("register: {flags: {exploitation: ys}}", "yes"),
    ("register: {disagreements: {last_seen.aat: 0}}", "last_seen.at"),
    ("register: {disagreements: {began: 0}}", "began_at"),
    ("register: {care: {looked_aftr: no}}", "looked_after"),
    ("register: {claims: {Rochdale: mising}}", "missing"),
    ("register: {exclusions: {home: provisonal}}", "provisional"),
    ("register: {questions: [end_difers]}", "end_differs"),
    ("register: {transfers: [acepted]}", "accepted"),
    ("due: {police_answer: {because: police_anwered}}", "police_answered"),
    ("due: {police_answer: {raised: [overdu]}}", "overdue"),
    ("due: {police_answer: {stage: overdu}}", "overdue"),
    ("due: {police_answer: {flags: [stated_ahed]}}", "stated_ahead"),
    ("not_due: [police_anser]", "police_answer"),
    ("never_raised: [police_anser]", "police_answer"),
    ("receipt: {r2: accepted}", "report"),
    ("receipt: {report: {gaps: [last_seen.plce]}}", "last_seen.place"),
    ("receipt: {report: {flags: ['persn.flags[0].kind']}}", "person.flags.kind"),
    ("same_for: {agencies: home, if: r, is_not_sent: yes}", "report"),
    ("same_for: {agencies: home, if: report, says: {last_sen: {at: 22:40}}}", "last_seen"),
    ("same_for: {agencies: home, if: report, is: {mising: {last_seen: 22:40}}}", "missing"),
]


@pytest.mark.parametrize("written, meant", MISSPELT, ids=[written for written, _ in MISSPELT])
def test_a_word_that_nobody_knows_is_refused_when_the_file_is_read(written: str, meant: str) -> None:
    with pytest.raises(ScenarioRefused) as refused:
        night(expecting("- at: 23:40", f"  {written}"))
    assert refused.value.nearest == meant, str(refused.value)
    assert refused.value.line == LINE, str(refused.value)


@pytest.mark.parametrize(
    "old, new, meant",
    [
        ("risk: medium", "opened: {desk: reviewin_team}", "reviewing_team"),
        ("risk: medium", "telephoned: {recipient_agency: Rochdale, notices: [lates]}", "latest"),
        ("risk: medium", "return_interview: {outcome: held, covers: [bth]}", None),
        ("area: Blackpool}", "area: Blackpool, roles: exploitaton_team}", "exploitation_team"),
    ],
)
def test_a_misspelt_word_of_what_is_said_is_refused(old: str, new: str, meant: str | None) -> None:
    assert old in NIGHT
    with pytest.raises(ScenarioRefused) as refused:
        night(NIGHT.replace(old, new, 1))
    assert refused.value.nearest == meant, str(refused.value)


@pytest.mark.parametrize(
    "written",
    [
        "not_told: [Leeds/reviewing team]",
        "not_told: {Rochdale: {fields: [found, person.placement_address, person.flags.exploitation-2.basis]}}",
        "told: {Rochdale: {without: [enquiry, person.photo_reference], values: {last_seen.place: none}}}",
        "register: {last_seen.place: none, flags: {exploitation: none}, care: {looked_after: yes}}",
        "register: {disagreements: {last_seen.at: 0, began_at: 0}, questions: none, transfers: none}",
        "register: {claims: {home: missing, Rochdale: none}, exclusions: {home: none}, risk.grade: medium}",
        "due: {police_answer: {because: police_answered, stage: none}}",
        "receipt: {report: {gaps: [contact.telephone, police_contact.state]}}",
    ],
)
def test_the_same_words_well_spelt_are_read_and_hold(written: str) -> None:
    result = played(expecting("- at: 23:40", f"  {written}"))
    assert [found.words(result.scenario.clock) for missed in result.missed for found in missed.differences] == []


@pytest.mark.parametrize(
    "written",
    [
        "not_told: [Leeds]",
        "due: {return_interview: none}",
        "not_due: [return_interview]",
        "told: {Rochdale: }",
    ],
)
def test_nothing_holds_of_an_absence_that_is_not_there(written: str) -> None:
    assert played(expecting("- at: 23:40", "  episode: 1", "  not_due: [return_interview]")).holds
    result = played(expecting("- at: 23:40", "  episode: 2", f"  {written}"))
    said = [found for missed in result.missed for found in missed.differences if found.what == "episode 2"]
    assert [found.found for found in said] == ["there is 1 absence"]


def test_by_telephone_is_about_the_seat_that_is_named() -> None:
    cut_off = NIGHT.replace("agencies:", "agencies:\n  council: {is: Rochdale, connected: no}")
    expectation = "expect:\n  - at: 23:40\n    told: {SEAT: {by_telephone: ANSWER}}\n"

    def holds(seat: str, answer: str) -> bool:
        return played(cut_off + expectation.replace("SEAT", seat).replace("ANSWER", answer)).holds

    assert [holds("Rochdale", answer) for answer in ("yes", "no")] == [True, False]
    assert [holds("Lancashire Police", answer) for answer in ("yes", "no")] == [False, True]


def test_the_vocabularies_hold_what_the_hub_writes() -> None:
    assert {"duty", "director", "reviewing_team", "named_officers"} <= desks()
    assert purposes() > set(OWN_PURPOSES) < rows()
    assert {"police_answered", "interview_held", "deceased"} <= closing_words()
    assert "last_seen.place" in view_fields()
    assert notice_fields().keys() - view_fields().keys() >= {"companions.number", "episode.repeats"}
