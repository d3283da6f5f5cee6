"""Where settings come from, and what wins."""

import re
from pathlib import Path

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.settings import PlannerSettings
from groundplan.service import Settings

DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_are_those_of_the_planner():
    assert Settings.load().planner() == PlannerSettings()


def test_arguments_win_over_environment_over_dotenv_over_toml(elsewhere, monkeypatch):
    (elsewhere / "groundplan.toml").write_text(
        "[planning]\nmax_repairs = 5\nmax_tasks = 50\npool_size = 5\n[pages]\nx = 1\n"
    )
    (elsewhere / ".env").write_text("GROUNDPLAN_MAX_TASKS=40\nGROUNDPLAN_POOL_SIZE=4\n")
    monkeypatch.setenv("GROUNDPLAN_POOL_SIZE", "3")
    assert Settings.load().max_repairs == 5
    assert Settings.load().max_tasks == 40
    assert Settings.load().pool_size == 3
    assert Settings.load(pool_size=2).pool_size == 2


def test_the_older_names_are_read(monkeypatch):
    monkeypatch.setenv("PLANNING_MAX_CONCURRENT_TASKS", "3")
    monkeypatch.setenv("PLANNING_RISK_THRESHOLD", "0.5")
    monkeypatch.setenv("OLLAMA_HOST", "http://10.0.0.1:1")
    settings = Settings.load()
    assert settings.planner().max_concurrent_tasks == 3
    assert settings.planner().risk_threshold_probability == 0.5
    assert settings.ollama_host == "http://10.0.0.1:1"


def test_variables_of_others_are_not_taken_for_settings(monkeypatch):
    monkeypatch.setenv("HOME", "/home/of/somebody")
    monkeypatch.setenv("MODEL", "T")
    assert Settings.load().home == Path("/home/of/somebody/.local/share/groundplan")
    assert Settings.load().model is None


def test_the_data_folder_is_read_from_its_own_variable(monkeypatch):
    monkeypatch.setenv("GROUNDPLAN_HOME", "/data/of/groundplan")
    assert Settings.load().home == Path("/data/of/groundplan")


def test_prices_of_tokens_are_read_as_json(monkeypatch):
    monkeypatch.setenv("GROUNDPLAN_TOKEN_PRICES", '{"openai:": 0.02}')
    assert Settings.load().planner().token_prices == {"openai:": 0.02}
    monkeypatch.setenv("GROUNDPLAN_TOKEN_PRICES", '{"openai:": -1}')
    with pytest.raises(PlanningError, match="E5806"):
        Settings.load()


def test_a_config_file_can_be_named(elsewhere, monkeypatch):
    (elsewhere / "other.toml").write_text("[planning]\nmax_repairs = 7\n")
    monkeypatch.setenv("GROUNDPLAN_CONFIG", str(elsewhere / "other.toml"))
    assert Settings.load().max_repairs == 7


def test_unusable_values_are_named_but_not_echoed(monkeypatch):
    monkeypatch.setenv("GROUNDPLAN_MAX_TASKS", "many-secret-things")
    with pytest.raises(PlanningError) as caught:
        Settings.load()
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert "max_tasks" in str(caught.value).lower()
    assert "many-secret-things" not in str(caught.value.to_dict())


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("aproval_cost_limit", "approval_cost_limit"),
        ("risk_treshold_probability", "risk_threshold_probability"),
        ("modle", "model"),
        ("GROUNDPLAN_MAX_TASKS", "max_tasks"),
    ],
)
def test_a_typo_in_the_file_is_told_with_the_name_that_was_meant(elsewhere, key, near):
    (elsewhere / "groundplan.toml").write_text(f"[planning]\nmax_repairs = 1\n{key} = 5\n")
    with pytest.raises(PlanningError) as caught:
        Settings.load()
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert caught.value.message.endswith(f"{key}: is no setting (groundplan.toml); the nearest is {near}")


@pytest.mark.parametrize("limits", [{"cpu_cores": 1e308}, {"cpu_cores": 0}, {"graphics card": 1}])
def test_a_limit_that_no_pool_could_have_is_refused(limits):
    with pytest.raises(PlanningError) as caught:
        Settings.load(resource_limits=limits)
    assert caught.value.code is ErrorCode.SETTINGS_INVALID


def test_a_planning_that_is_no_section_is_an_error(elsewhere):
    (elsewhere / "groundplan.toml").write_text("planning = 3\n")
    with pytest.raises(PlanningError, match="no section"):
        Settings.load()


def test_a_broken_toml_file_is_an_error_in_words(elsewhere):
    (elsewhere / "groundplan.toml").write_text("[planning\n")
    with pytest.raises(PlanningError, match="E5806"):
        Settings.load()


def test_secrets_are_not_shown():
    settings = Settings.load(
        database_url="postgresql://u:hunter2@h/d", signing_keys="k:aHVudGVyMg==", encryption_key="aHVudGVyMg=="
    )
    assert "hunter2" not in repr(settings)
    assert "aHVudGVyMg" not in repr(settings)


def test_every_setting_is_documented_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", DOCS.read_text(encoding="utf-8"), re.M))
    assert rows.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, bool):
            assert rows[name] == str(field.default).lower()
        elif isinstance(field.default, int | float):
            assert float(rows[name]) == float(field.default)
