"""The tables of rules: complete, sourced, in neutral words; and what is refused, where."""

import re
from pathlib import Path

import pytest

from hub.delivery import packaged_delivery_rules
from hub.routing.conditions import _CONDITIONS
from hub.routing.pages import PAGES
from hub.routing.recipients import _RESOLVERS
from hub.routing.rules import DISCLOSURE_FILE, ROUTING_FILE, WORDS_FILE, packaged_rules, packaged_text, rules_from
from hub.routing.vocabulary import CONDITIONS, PURPOSES, ROLES
from hub.rule_text import BrokenRules
from schemas.records import Ask, Disclosure, EpisodeStatus, PolicePosition, Urgency

RULES = packaged_rules()
ROUTING, DISCLOSURE, WORDS = (packaged_text(name) for name in (ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE))
PUBLISHED = Path(__file__).parents[3] / "docs" / "reference"

UNKIND = (
    "abscond", "refus", "placing herself", "placing himself", "placing themsel", "at risk of", "known to", "runaway",
    "promiscu", "streetwise", "attention seeking", "attention-seeking", "chooses to", "lifestyle", "non-engag",
    "failed to", "manipulat", "wayward", "naughty", "troubled", "disengaged",
)  # fmt: skip


def row(**changes: str) -> str:
    """A table of one routing row, right but for the changes; a value of "" leaves the key out."""
    parts = {
        "id": '"a.row"',
        "when": '["reported_missing"]',
        "while": '["open"]',
        "role": '"responsible_authority"',
        "purpose": '"safeguard_the_child"',
        "classes": '["routing"]',
        "urgency": '"now"',
        "ask": '"information"',
        "words": '"none"',
        "must_be_told": "true",
        "source": '"(c)"',
        **changes,
    }
    head = 'version = "1"\n[telephone]\nwithin = "15m"\n[withdrawal]\nwithin = "60m"\n\n[[row]]\n'
    return head + "".join(f"{key} = {value}\n" for key, value in parts.items() if value)


def line_of(text: str, start: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def refusal(routing: str = "", disclosure: str = DISCLOSURE, words: str = WORDS) -> BrokenRules:
    with pytest.raises(BrokenRules) as caught:
        rules_from(routing or ROUTING, disclosure, words)
    return caught.value


def test_what_is_urgent_or_asks_something_is_telephoned_and_every_silence_has_its_reason() -> None:
    silent = [row for row in RULES.rows if not row.is_telephoned]
    pressing = {row.purpose for row in silent if row.urgency is Urgency.NOW or row.ask is Ask.ACTION}
    assert pressing == {"protect_the_address", "after_a_death"}
    assert all(row.not_telephoned.endswith("(c)") for row in silent)
    assert not any(row.not_telephoned for row in RULES.rows if row.is_telephoned)


def test_a_table_cannot_silence_what_is_urgent() -> None:
    (silenced,) = rules_from(row(must_be_told="false"), DISCLOSURE, WORDS).rows
    assert silenced.is_telephoned


def test_every_row_has_a_source() -> None:
    rows = [row.source for row in RULES.rows] + [follow.source for follow in RULES.follows]
    rows += [unfound.source for unfound in RULES.unfound.values()]
    grants = [grant.source for grant in RULES.grants.values()] + [never.source for never in RULES.never]
    assert all(len(source) >= len("(c)") for source in (*rows, *grants))


def test_of_every_change_somebody_is_rung_or_the_table_says_why_not() -> None:
    assert all(row.telephoned is not bool(row.not_telephoned) for row in RULES.follows)
    assert all(row.not_telephoned.endswith("(c)") for row in RULES.follows if not row.telephoned)
    assert {"status", "risk", "sighting", "last_seen", "return_arranged"} <= {
        row.id for row in RULES.follows if row.telephoned
    }


def test_every_word_of_the_vocabulary_has_its_code_and_the_other_way_round() -> None:
    assert set(_CONDITIONS) == set(CONDITIONS)
    assert set(_RESOLVERS) == set(ROLES)


def test_every_role_but_the_analyst_has_a_grant_and_a_row_or_is_closed_to() -> None:
    granted = {role for role, _ in RULES.grants}
    told = {row.role for row in RULES.rows}
    assert set(ROLES) - granted == {"analyst", "former_placement"}
    assert set(ROLES) - told == {"analyst", "former_placement"}


def test_every_purpose_and_every_condition_is_used_by_some_row() -> None:
    used = {word for row in RULES.rows for word in (*row.when, *row.while_)}
    assert set(PURPOSES) == {row.purpose for row in RULES.rows}
    assert set(CONDITIONS) == used


def test_an_action_says_what_and_by_when() -> None:
    for one in RULES.rows:
        assert (one.ask is Ask.ACTION) == (one.within is not None)


@pytest.mark.parametrize("disclosure", [Disclosure.RESTRICTED])
def test_what_is_sealed_is_granted_after_a_death_and_to_two_roles(disclosure: Disclosure) -> None:
    holders = {key for key, grant in RULES.grants.items() if disclosure in grant.classes and grant.fields is None}
    assert holders == {("owning_force", "after_a_death"), ("director", "after_a_death")}


def test_a_protected_address_is_granted_to_named_officers_only() -> None:
    holders = {role for (role, _), grant in RULES.grants.items() if Disclosure.PROTECTED in grant.classes}
    assert holders == {"owning_force_named", "named_officers"}


def test_the_home_office_reads_the_fact_and_nothing_more() -> None:
    grant = RULES.grant("home_office", "count_a_presence")
    assert grant is not None
    assert grant.fields == ("episode.status",)


def test_there_are_words_for_every_status_and_position() -> None:
    assert {str(status) for status in EpisodeStatus} <= set(RULES.words["status"])
    assert {str(position) for position in PolicePosition} <= set(RULES.words["position"])


def test_no_sentence_blames_the_child() -> None:
    for part in RULES.words.values():
        for sentence in part.values():
            assert not [word for word in UNKIND if word in sentence.lower()], sentence


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_published_page_is_what_the_tables_say(page: str) -> None:
    published = (PUBLISHED / f"{page}.md").read_text(encoding="utf-8")
    assert published == PAGES[page](RULES, packaged_delivery_rules()), (
        f"stale: python -m hub.routing.pages {page} > docs/reference/{page}.md"
    )


def test_the_same_text_gives_the_same_version_and_a_changed_word_another() -> None:
    assert rules_from(ROUTING, DISCLOSURE, WORDS).version == RULES.version
    assert rules_from(ROUTING + "\n# a thought\n", DISCLOSURE, WORDS).version != RULES.version
    assert re.fullmatch(r"[\w./-]{3,40}", RULES.version)


@pytest.mark.parametrize(
    "key,value,nearest",
    [
        ("role", '"responsible_authorty"', "responsible_authority"),
        ("when", '["reported_misssing"]', "reported_missing"),
        ("while", '["opened"]', "open"),
        ("purpose", '"safeguard_a_child"', "safeguard_the_child"),
        ("classes", '["routing", "safegarding"]', "safeguarding"),
        ("urgency", '"held"', "held_for_day"),
        ("ask", '"informations"', "information"),
        ("words", '"take_a_report"', "take_the_report"),
    ],
)
def test_an_unknown_word_is_refused_with_its_line_and_the_nearest_known_one(key: str, value: str, nearest: str) -> None:
    text = row(**{key: value})
    refused = refusal(text)
    assert (refused.file, refused.line, refused.nearest) == (ROUTING_FILE, line_of(text, f"{key} ="), nearest)
    assert str(refused).startswith(f"routing.toml, line {refused.line}: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"source": ""},
        {"id": ""},
        {"when": ""},
        {"when": "[]"},
        {"classes": "[]"},
        {"classes": '"routing"'},
        {"must_be_told": '"yes"'},
        {"ask": '"action"'},
        {"ask": '"action"', "within": '"15m"'},
        {"within": '"15m"'},
        {"ask": '"action"', "within": '"soon"', "words": '"take_the_report"'},
        {"classes": '["protected"]'},
        {"purpose": '"watch_the_border"'},
        {"colour": '"red"'},
    ],
)
def test_a_row_that_is_not_whole_is_refused(changes: dict[str, str]) -> None:
    assert refusal(row(**changes)).line >= line_of(row(), "[[row]]")


@pytest.mark.parametrize("within", ["0m", "9999h", "15 minutes", "1d"])
def test_an_action_has_a_time_that_somebody_can_keep(within: str) -> None:
    text = row(ask='"action"', within=f'"{within}"', words='"take_the_report"')
    refused = refusal(text)
    assert refused.line == line_of(text, f'within = "{within}"')
    assert "15m" in refused.reason or "from 1 minute to 366 days" in refused.reason


def test_a_row_for_duties_alone_asks_nothing_and_opens_no_field_of_the_record() -> None:
    assert "duties alone" in refusal(row(duties_only="true")).reason
    (one,) = [each for each in RULES.rows if each.duties_only]
    assert (one.role, one.ask) == ("section_47_authority", Ask.INFORMATION)


def test_two_rows_of_one_name_are_refused() -> None:
    assert "two rows" in refusal(row() + row()[row().index("[[row]]") :]).reason


def test_what_is_not_toml_is_refused_with_its_line() -> None:
    assert refusal('version = "1"\nwhen = [[[\n').file == ROUTING_FILE
    refused = refusal('version = "1"\nrow = 3\n')
    assert (refused.line, refused.reason) == (2, "write every row of 'row' under a header [[row]]")


@pytest.mark.parametrize("old,new", [("[[grant]]", "[[grants]]"), ('role = "placement"', 'role = "placment"')])
def test_the_table_of_grants_is_held_to_its_words_too(old: str, new: str) -> None:
    refused = refusal(disclosure=DISCLOSURE.replace(old, new))
    assert refused.file == DISCLOSURE_FILE
    assert refused.nearest is not None


@pytest.mark.parametrize(
    "was,becomes,at,reason,nearest",
    [
        ("[happened]", "[hapened]", "[hapened]", "[hapened] is no part of the words", "happened"),
        ("\nmissing = ", "\nmising = ", "mising", "'mising' is no sentence of [status]", "missing"),
        ("\nopened = ", "\n# opened = ", "[delivery]", "the sentence 'opened' is missing from [delivery]", None),
        ("{references} is about", "{reference} is about", "joined", "'joined' must hold {references}", None),
        ("Due soon: {says}.", "Due soon: {says.", "soon", "'soon' must hold {says}", None),
        ("Search stood down. Contact", "{name} stood down. Contact", "stood_down", "must hold no braces", None),
        ('safe_only = "safe and well, not missing"', "safe_only = 3", "safe_only", "a sentence in quotes", None),
        ("Changed: {changed}", "Changed: {changed:%Q}", "changed", "'changed' must hold {changed}", None),
        ("Changed: {changed}", "Changed: {changed!x}", "changed", "'changed' must hold {changed}", None),
        ("Search stood down.", "The absconder is back.", "stood_down", "says 'abscond', which is not said", None),
        ("Search stood down.", "She Refuses help.", "stood_down", "says 'refuses', which is not said", None),
        ("[fixed] ", "[fixed ", "[fixed", "not TOML", None),
    ],
)
def test_a_sentence_that_would_fail_in_the_night_is_refused(
    was: str, becomes: str, at: str, reason: str, nearest: str | None
) -> None:
    text = WORDS.replace(was, becomes, 1)
    assert text != WORDS
    refused = refusal(words=text)
    assert reason in refused.reason
    assert (refused.file, refused.nearest) == (WORDS_FILE, nearest)
    places = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(at)]
    assert refused.line in places


@pytest.mark.parametrize(
    "was,becomes,reason,nearest",
    [
        ('from = "2026-02-16"', 'from = "01/07/2026"', "'01/07/2026' is no day of the calendar", None),
        ('from = "2026-02-16"', 'from = "2026-13-45"', "'2026-13-45' is no day of the calendar", None),
        ('from = "2026-02-16"', 'from = "20260216"', "'20260216' is no day of the calendar", None),
        ('from = "2026-02-16"', 'from = "soon"', "'soon' is no day of the calendar", None),
        ('to = "2026-02-20"', 'to = "2026-02-12"', "'to' (2026-02-12) lies before 'from' (2026-02-16)", None),
        ('to = "2026-02-20"', 'to = "2062-02-20"', "no school is closed for more than a year", None),
        ('to = "2026-02-20"', 'until = "2026-02-20"', "'until' is no key of a row", None),
        ('within = "15m"', 'within = "15 minutes"', 'a time is written "15m" or "24h"', None),
        ('within = "60m"', 'within = "0m"', "'within' is from 1 minute to 366 days", None),
        ('within = "60m"', 'withim = "60m"', "'withim' is no key of [withdrawal]", "within"),
        ("[telephone]", "[telefone]", "[telefone] is no part of this file", "telephone"),
        ('version = "1"', 'version = "1"\nverson = "1"', "'verson' is no setting of this file", "version"),
        ('version = "1"', 'version = "1"\nrwo = [{a = 1}]', "[[rwo]] is no table of this file", "row"),
    ],
)
def test_what_the_table_of_routing_does_not_know_is_refused_in_its_own_line(
    was: str, becomes: str, reason: str, nearest: str | None
) -> None:
    text = ROUTING.replace(was, becomes, 1)
    refused = refusal(text)
    assert (refused.reason[: len(reason)], refused.nearest) == (reason, nearest)
    assert refused.line == line_of(text, becomes.splitlines()[-1])


def test_a_setting_that_disclosure_does_not_know_is_refused() -> None:
    refused = refusal(disclosure=DISCLOSURE + '\n[grnat]\nrole = "school"\n')
    assert (refused.file, refused.reason) == (DISCLOSURE_FILE, "[grnat] is no part of this file")
    assert refused.line == len(DISCLOSURE.splitlines()) + 2


def test_a_sentence_that_a_new_row_asks_for_is_added_without_code() -> None:
    asked = WORDS.replace("[ask] ", '[ask]\nring_the_coastguard = "Please ring the coastguard."\n#', 1)
    text = row(ask='"action"', within='"15m"', words='"ring_the_coastguard"')
    assert rules_from(text, DISCLOSURE, asked).rows[0].words == "ring_the_coastguard"


def test_a_new_row_needs_no_code() -> None:
    more = 'id = "a.new_row"\nwhen = ["exploitation", "looked_after", "out_of_area"]\nrole = "health_desk"\n'
    more += 'purpose = "health_care"\nclasses = ["routing", "health"]\nurgency = "soon"\nask = "information"\n'
    more += 'words = "none"\nsource = "(c)"\n'
    rules = rules_from(f"{ROUTING}\n[[row]]\n{more}", DISCLOSURE, WORDS)
    assert len(rules.rows) == len(RULES.rows) + 1
