"""Resources and prices, on the command line."""

from pathlib import Path

import pytest

from tests.command_line import InProcess


def test_resources_and_cheaper_ways_are_told(cli: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nobody grants resources" in cli.run("costs").out
    prices = tmp_path / "prices.toml"
    prices.write_text('currency = "EUR"\n[models]\n"ollama:" = 0\n"openai:" = 1\n[resources]\ncpu_cores = 0.5\n')
    monkeypatch.setenv("GROUNDPLAN_PRICE_FILE", str(prices))
    monkeypatch.setenv("GROUNDPLAN_RESOURCE_LIMITS", '{"cpu_cores": 8}')
    (offer,) = cli.run("costs", "--json").document["offers"]
    assert (offer["name"], offer["free"], offer["price_per_hour"]) == ("cpu_cores", 8, 0.5)
    plan_id = str(cli.run("plan", "1. Collect the figures 2. Write the report", "--json").document["plan_id"])
    assert "No cheaper way" in cli.run("costs", plan_id[:13]).out
    monkeypatch.setenv("GROUNDPLAN_MODEL", "openai:large")
    told = cli.run("costs", plan_id, "--json").document
    assert told["plan_id"] == plan_id
    assert {one["instead"] for one in told["advice"]} == {"ollama:"}


def test_a_price_file_that_is_none_is_refused(cli: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDPLAN_PRICE_FILE", "/nowhere/prices.toml")
    refused = cli.run("plans")
    assert (refused.code, "price file" in refused.err) == (2, True)
