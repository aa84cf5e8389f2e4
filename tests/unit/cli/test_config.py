"""Where a setting comes from, and what is said of one that is not known."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy import config
from deploy.cli.app import application
from deploy.config import ConfigRefused, Source

ROOT = Path(__file__).parent.parent.parent.parent


def written(folder: Path, text: str) -> dict[str, str]:
    file = folder / "homeward.toml"
    file.write_text(text)
    return {config.FILE_NAMED_BY: str(file)}


def test_an_option_beats_the_environment_and_the_environment_beats_the_file(tmp_path: Path) -> None:
    environment = {
        **written(tmp_path, 'profile = "from file"\nreceipt_seconds = 5.0\nbroker_port = 9001'),
        "HOMEWARD_RECEIPT_SECONDS": "7",
        "HOMEWARD_BROKER_PORT": "9002",
    }
    effective = config.read({"broker_port": 9003, "home": None}, environment=environment)
    assert effective.settings.profile == "from file"
    assert effective.settings.receipt_seconds == 7
    assert effective.settings.broker_port == 9003
    assert effective.sources["profile"] is Source.FILE
    assert effective.sources["receipt_seconds"] is Source.ENVIRONMENT
    assert effective.sources["broker_port"] is Source.OPTION
    assert effective.sources["home"] is Source.DEFAULT


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match=r"broker_prot in .*homeward\.toml .* nearest one is broker_port"):
        config.read(environment=written(tmp_path, "broker_prot = 1"))


def test_an_unknown_variable_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigRefused, match=r"HOMEWARD_HOEM in the environment .* nearest one is HOMEWARD_HOME"):
        config.read(environment={"HOMEWARD_HOEM": "x"})


def test_a_value_that_is_not_usable_is_named_with_where_it_stands() -> None:
    with pytest.raises(ConfigRefused, match=r"^HOMEWARD_BROKER_PORT: .*port of the broker"):
        config.read(environment={"HOMEWARD_BROKER_PORT": "many"})


def test_a_folder_is_meant_by_its_whole_path_and_an_empty_one_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    by_option = config.read({"home": Path("hub")}, environment={"HOMEWARD_DEMO_HOME": "demo"})
    assert (by_option.settings.home, by_option.settings.demo_home) == (tmp_path / "hub", tmp_path / "demo")
    assert config.read(environment={"HOMEWARD_HOME": "."}).settings.home == tmp_path
    with pytest.raises(ConfigRefused, match=r"^home in .*homeward\.toml: it is empty; expected the path of a folder"):
        config.read(environment=written(tmp_path, 'home = ""'))


@pytest.mark.parametrize("words", [["--home", ""], ["--home="]])
def test_an_empty_home_on_the_command_line_is_not_this_folder(words: list[str]) -> None:
    refused = CliRunner().invoke(application(), ["config", "show", *words])
    assert refused.exit_code == 2
    assert "it is empty" in refused.stderr


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="there is no file"):
        config.read(environment={config.FILE_NAMED_BY: str(tmp_path / "absent.toml")})


def test_every_setting_is_described_and_listed() -> None:
    rows = config.read(environment={}).rows()
    assert [row["name"] for row in rows] == list(config.Settings.model_fields)
    assert all(setting.description for setting in config.Settings.model_fields.values())


def test_the_configuration_page_is_fresh() -> None:
    page = ROOT / "docs" / "reference" / "configuration.md"
    assert page.read_text() == config.reference_page(), "run: python -m deploy.config"
