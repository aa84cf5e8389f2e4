"""Every link in a page leads somewhere, every test that a page names exists, and no page names a private place."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"build", "dist", "node_modules"}
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
NAMED_TEST = re.compile(r"`(test_\w+)`")
PRIVATE = {
    "a path of one machine": re.compile(r"(?<![\w.:~/-])/(?:work|root|home|Users|tmp)/\w"),
    "an address of a package registry": re.compile(
        r"(?:pypi|pythonhosted|npmjs|crates)\.(?:org|io|com)|repo1?\.maven|proxy\.golang|--(?:extra-)?index-url",
        re.IGNORECASE,
    ),
}


def pages() -> list[Path]:
    found = (page for page in ROOT.rglob("*.md") if not page.name.startswith("."))
    return sorted(page for page in found if not _is_skipped(page.relative_to(ROOT)))


def _is_skipped(page: Path) -> bool:
    return any(part.startswith(".") or part in SKIPPED for part in page.parts[:-1])


PAGES = pages()


def links(text: str) -> Iterator[str]:
    for match in LINK.finditer(FENCED.sub("", text)):
        yield match[1] or match[2]


@cache
def headings(page: Path) -> frozenset[str]:
    """The anchors of a page, as Git hosts make them from its headings."""
    lines = FENCED.sub("", page.read_text("utf-8")).splitlines()
    titles = [line.lstrip("#").strip() for line in lines if re.match(r"#{1,6} ", line)]
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        leads = target.is_relative_to(ROOT) and target.exists()
        if not leads or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_place_of_one_machine_or_a_package_registry(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    found = [f"line {n}: {what}" for n, line in enumerate(lines, 1) for what, p in PRIVATE.items() if p.search(line)]
    assert found == []


def test_every_test_that_a_page_names_exists() -> None:
    code = "\n".join(test.read_text("utf-8") for test in sorted((ROOT / "tests").rglob("test_*.py")))
    there = frozenset(re.findall(r"def (test_\w+)\(", code))
    named = {name for page in PAGES for name in NAMED_TEST.findall(page.read_text("utf-8"))}
    assert sorted(named - there) == []


@pytest.mark.parametrize("parts", [("see /home", "ann", "x"), ("`/root", "x`"), ("https://pypi" + ".org", "x")])
def test_a_private_place_is_seen(parts: tuple[str, ...]) -> None:
    assert any(pattern.search("/".join(parts)) for pattern in PRIVATE.values())


@pytest.mark.parametrize("text", ["~/.local/share", "https://127.0.0.1:8443/apis/ccompat/v7", "docs/home/page"])
def test_an_ordinary_path_is_no_private_place(text: str) -> None:
    assert not any(pattern.search(text) for pattern in PRIVATE.values())
