"""Pages that are written from tables or code say what those say."""

from pathlib import Path
from types import ModuleType

import pytest

from deploy import config, law_page, scenario_page, topics, topics_page
from hub.routing import packaged_rules
from streams import metrics_page

DOCS = Path(__file__).resolve().parents[2] / "docs"


WRITTEN = [topics_page, metrics_page, law_page, scenario_page]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda module: str(module.__name__))
def test_a_generated_page_is_what_its_source_says(written: ModuleType) -> None:
    assert not written.is_stale(), f"stale: python -m {written.__name__}"


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    published = (DOCS / "reference" / "configuration.md").read_text("utf-8")
    assert published == config.reference_page(), "stale: python -m deploy.config"


def test_every_topic_and_every_principal_is_on_the_page() -> None:
    page = topics_page.page()
    assert [topic.name for topic in topics.hub_topics() if f"| `{topic.name}` |" not in page] == []
    assert [name for name in topics.principals() if f"`{name}`" not in page] == []


def test_every_label_of_a_metric_is_explained() -> None:
    explained = metrics_page.page().split("## Labels")[1].split("## ")[0]
    assert [label for label in metrics_page.labels() if f"`{label}`" not in explained] == []


def test_every_document_that_the_page_of_law_names_carries_a_row() -> None:
    sources = [rule.source for rule in law_page.rules(packaged_rules())]
    assert all(sources)
    page = law_page.page()
    assert "| table | row | source as written |\n|---|---|---|\n\n" not in page, "a document without a row"


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    pages = sorted(page.name for page in (DOCS / "decisions").glob("[0-9]*.md"))
    assert [name for name in pages if f"({name})" not in listed] == []


def test_every_page_is_on_the_map() -> None:
    map_of_pages = (DOCS / "README.md").read_text("utf-8")
    pages = [
        page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md")) if page.parent.name != "decisions"
    ]
    assert [page for page in pages if page != "README.md" and f"({page})" not in map_of_pages] == []
