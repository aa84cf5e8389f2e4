"""Text from outside is inert wherever it is shown, and a name stays a name."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text import for_csv, for_html, for_log, for_terminal, inert, inert_lines, is_hidden
from tests.unit.trust.test_checks import REAL_NAMES


@pytest.mark.parametrize("name", REAL_NAMES)
def test_a_real_name_is_shown_as_it_is(name: str) -> None:
    assert inert(name) == name
    assert for_terminal(name) == name


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\x1b[31mb", "a<U+001B>[31mb"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe", "<U+202E>gpj.exe"),
        ("a\rb", "a<U+000D>b"),
        ("a\N{LINE SEPARATOR}b", "a<U+2028>b"),
        ("a\x9bb", "a<U+009B>b"),
    ],
)
def test_what_does_not_show_is_shown(text: str, shown: str) -> None:
    assert inert(text) == shown


@given(st.text())
def test_nothing_hidden_reaches_a_terminal_or_a_log(text: str) -> None:
    assert not any(is_hidden(character) for character in for_terminal(text))
    assert "\n" not in for_log(text)


@given(st.text())
def test_making_inert_twice_changes_nothing_more(text: str) -> None:
    assert inert(inert(text)) == inert(text)
    assert inert_lines(inert_lines(text)) == inert_lines(text)


@given(st.text())
def test_no_markup_survives_in_html(text: str) -> None:
    assert not set(for_html(text)) & set("<>\"'")


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_formula_is_text_in_a_spreadsheet(formula: str) -> None:
    assert for_csv(formula).startswith(("'", "<"))


@given(st.text())
def test_no_cell_begins_a_formula_after_it_was_written(text: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow([for_csv(text)])
    cell = next(csv.reader(io.StringIO(written.getvalue(), newline="")), [""])
    assert not cell or not cell[0].lstrip().startswith(("=", "+", "-", "@"))


def test_free_text_keeps_its_lines() -> None:
    assert inert_lines("one\r\ntwo\tthree") == "one\ntwo\tthree"
