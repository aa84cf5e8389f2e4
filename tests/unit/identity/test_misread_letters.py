"""Text in UTF-8 that was read as Windows-1252 is compared as it was written; real names stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.folding import as_written, folded
from schemas.records import ClaimOutcome
from tests.unit.identity.test_relatives import Reports

APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
REAL = (
    "Rónán", "Hüseyin", "Zoë", "Chloé", "RENÉ", "João", "JOÃO", "CONCEIÇÃO", "Magalhães", "São", "Åse", "Ångström",
    "ÅSA", "Björn", "Søren", "Ægir", "Þórunn", "Guðrún", "Muñoz", "ÑANDÚ", "François", "ANAÏS", "Noël", "Œuvray",
    "Łukasz", "Wójcik", "Żaneta", "Šárka", "Žofie", "ČÍŽEK", "Ňurgün", "Ștefan", "Ionuţ", "Ășteptare", "Ömer",
    "Çağla", "İrem", "I\u015f\u0131l", "Şükrü", "Nguyễn", "ĐẶNG", "Thuỳ", "Siân", "Gŵyn", "Ŷnyr", "Beyoncé",
    f"D{APOSTROPHE}Ângelo", f"RENÉ{APOSTROPHE}E", "ÉLOÏSE", "Ærø", "Îlham", "ÎLHAN", "Rûken", "Ðorđe", "محمد", "أحمد",
    "حسین", "Олена", "Ярослав", "Михайло", "Γιώργος", "李小龍",
)  # fmt: skip
"""Names as people have them, in letters of their own (c)."""


def misread(name: str) -> str:
    """A name as a system has it that takes UTF-8 for Windows-1252."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in name.encode())


@pytest.mark.parametrize("misread_name, name", [("RÃ³nÃ¡n", "Rónán"), ("HÃ¼seyin", "Hüseyin"), ("Nguyá»…n", "Nguyễn")])
def test_it_is_compared_as_it_was_written(misread_name: str, name: str) -> None:
    assert folded(misread_name) == folded(name)


@pytest.mark.parametrize("name", REAL)
def test_a_real_name_stays_as_it_is(name: str) -> None:
    for text in (name, name.upper(), name.lower(), name.title()):
        assert as_written(text) == text


@pytest.mark.parametrize("name", [each for each in REAL if APOSTROPHE not in each and each != "李小龍"])
def test_a_real_name_that_was_misread_is_read(name: str) -> None:
    assert as_written(misread(name)) == name


@given(st.lists(st.sampled_from(REAL), min_size=1, max_size=4), st.sampled_from([" ", "-", APOSTROPHE, ", ", " / "]))
def test_real_names_together_stay_as_they_are(several: list[str], between: str) -> None:
    text = between.join(several)
    assert as_written(text) == text


ALPHABETS = {
    "portuguese": "áâãàçéêíóôõú", "nordic": "åäöæøéüðþ", "german": "äöüß", "french": "àâçéèêëîïôœùûüÿ",
    "spanish": "áéíñóúü",
    "welsh": "âêîôûŵŷäëïöüáéíóúàèìòù", "polish": "ąćęłńóśźż", "czech": "áčďéěíňóřšťúůýž", "turkish": "âçğıîöşûü",
    "romanian": "ăâîșțşţ", "albanian": "çë", "kurdish": "çêîşû",
}  # fmt: skip


@given(st.data())
def test_no_word_of_the_letters_of_one_language_is_changed(data: st.DataObject) -> None:
    special = data.draw(st.sampled_from(sorted(ALPHABETS.values())))
    letters = special + special.upper() + "abdeilmnorstz'- "
    text = data.draw(st.text(letters, max_size=12))
    assert as_written(text) == text


@given(st.text(max_size=30))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert as_written(text) == text or not text.isascii()


@pytest.mark.parametrize("text", ["RÃ³nán", "Ã³ ‰", "Ã", "Â£5", "caf\ufffdÃ³", "Ã³\u4e00"])
def test_what_does_not_decode_as_a_whole_to_letters_stays(text: str) -> None:
    assert as_written(text) == text


def test_a_misread_name_is_of_the_child_who_has_it() -> None:
    reports = Reports()
    reports.take("Rónán", sex="male")
    assert reports.take("RÃ³nÃ¡n", sex="male") is ClaimOutcome.LINK
