"""Where settings come from: arguments, then the environment, then `.env`, then a TOML file.

Every field is read from `GROUNDPLAN_<NAME>`; the older names are listed as aliases at their fields.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, NonNegativeFloat, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import FailurePolicy
from groundplan.domain.resources import Amount, ResourceName
from groundplan.domain.risk import Impact
from groundplan.domain.runs import CheckpointMode
from groundplan.domain.sanitizer import Policy
from groundplan.domain.settings import ModelLimits, PlannerSettings
from groundplan.service.monitoring_settings import MonitoringSettings


def _named(name: str, *others: str) -> AliasChoices:
    return AliasChoices(f"GROUNDPLAN_{name.upper()}", *others)


def _data_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "groundplan"


class Settings(MonitoringSettings, BaseSettings):
    """All settings, with their defaults. Secrets are never shown by `repr`."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_prefix="GROUNDPLAN_",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
    )

    home: Path = Field(default_factory=_data_folder)
    """The data folder: embedded servers, signing key."""
    database_url: SecretStr | None = Field(default=None)
    """Any Postgres from 15 on; without it the embedded one starts in `home`."""
    redis_url: SecretStr | None = Field(default=None)
    """The shared level of the plan cache; without it the embedded Valkey, if Postgres is embedded too."""
    model: str | None = Field(default=None)
    """`ollama:NAME`, or `PROVIDER:NAME` when `langchain` is installed."""
    ollama_host: str | None = Field(default=None, validation_alias=_named("ollama_host", "OLLAMA_HOST"))
    signing_keys: SecretStr | None = Field(default=None)
    """`ID:BASE64,ID:BASE64`, the first one signs; without it a random key in `home`."""
    encryption_key: SecretStr | None = Field(default=None)
    """16, 24 or 32 bytes as base64; checkpoints are then encrypted (extra `encryption`)."""
    templates_folder: Path | None = Field(default=None)
    secrets_folder: Path | None = Field(default=None)
    """A folder with one file for each secret, that nobody else may read."""
    checkpoints: CheckpointMode = Field(default=CheckpointMode.STEPS)
    pool_size: int = Field(default=8, ge=2, le=200)

    sanitizer_policy: Policy = Field(default=Policy.STANDARD)
    max_tasks: int = Field(default=10_000, ge=1)
    max_repairs: int = Field(default=2, ge=0)
    max_concurrent_tasks: int = Field(
        default=10,
        ge=1,
        validation_alias=_named("max_concurrent_tasks", "PLANNING_MAX_CONCURRENT_TASKS"),
    )
    failure_policy: FailurePolicy = Field(default=FailurePolicy.REPLAN)
    """What a failed task means for its plan: `abort`, `continue` or `replan`."""
    max_replans: int = Field(default=3, ge=0)
    replan_on_new_information: bool = Field(default=False)
    """Whether new information in feedback asks a run to plan its rest anew."""
    lease_seconds: float = Field(default=15.0, gt=0.5)
    """How long a runner that fell silent keeps its run."""
    drain_seconds: float = Field(default=30.0, ge=0)
    """How long running tasks may go on when the runner is asked to stop."""
    database_patience_seconds: float = Field(default=120.0, ge=0)
    """How long a run waits for a database that is away."""
    default_task_timeout_hours: float = Field(default=8.0, gt=0)
    risk_threshold_probability: float = Field(
        default=0.7,
        ge=0,
        le=1,
        validation_alias=_named("risk_threshold_probability", "PLANNING_RISK_THRESHOLD"),
    )
    risk_threshold_impact: Impact = Field(default=Impact.HIGH)
    identify_risks: bool = Field(default=False)
    """Whether the model is asked for risks too; at most two more calls for a plan."""
    token_prices: dict[str, NonNegativeFloat] = Field(default_factory=lambda: {"ollama:": 0.0})
    """What 1,000 tokens cost, by how the model's name begins; the longest name that fits counts."""
    approval_cost_limit: float | None = Field(default=None, ge=0)
    auto_approve_low_risk_plans: bool = Field(default=True)
    learn_from_past_runs: bool = Field(default=True)
    """Whether estimates are learned from what finished tasks took."""
    resource_buffer_percentage: float = Field(default=0.1, ge=0, le=10)
    planning_horizon_days: float = Field(default=30.0, gt=0)
    resource_limits: dict[ResourceName, Amount] = Field(default_factory=dict)
    """What there is at one time, by the names that estimates use: `{"cpu_cores": 8, "memory_mb": 16000}`."""
    resource_service_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]",
        validation_alias=_named("resource_service_url", "LAYER8_BASE_URL"),
    )
    """Who grants resources to running tasks (docs/resources.md); without it a pool of `resource_limits`, if given."""
    resource_service_token: SecretStr | None = Field(default=None)
    resource_patience_seconds: float = Field(default=120.0, ge=0)
    """How long a task waits for a resource service that is away."""
    price_file: Path | None = Field(default=None)
    """What models, tools and resources cost, with the currency."""
    schedule_seconds: float = Field(default=0.0, ge=0)
    """How long to look for a shorter schedule; 0 tries a fixed number of schedules, a few milliseconds' worth."""
    schedule_optimize: bool = Field(default=False)
    """Whether OR-Tools CP-SAT looks beside ours (extra `optimize`)."""
    cache_ttl_seconds: float = Field(default=3600.0, ge=0)
    model_timeout_seconds: float = Field(default=120.0, gt=0)
    model_max_calls: int = Field(default=8, ge=1)
    model_max_tokens: int = Field(default=60_000, ge=1)
    model_num_predict: int = Field(default=1_600, ge=64)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is given
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, `.env`, then the `[planning]` section of `GROUNDPLAN_CONFIG` or
        `groundplan.toml`."""
        toml = PlanningSection(settings_cls, os.environ.get("GROUNDPLAN_CONFIG", "groundplan.toml"))
        return init_settings, env_settings, dotenv_settings, toml

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """The settings as they apply here; `given` wins over everything else.

        Raises:
            PlanningError: E5806 with each field that cannot be used; values are not echoed.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            raise _unusable(problems) from None
        except ValueError as error:  # a TOML file that is none
            raise _unusable([str(error)]) from None

    def planner(self) -> PlannerSettings:
        """The part that the planning graph goes by."""
        shared = {name: getattr(self, name) for name in PlannerSettings.model_fields if name != "model"}
        limits = ModelLimits(
            timeout_seconds=self.model_timeout_seconds,
            max_calls=self.model_max_calls,
            max_tokens=self.model_max_tokens,
            num_predict=self.model_num_predict,
        )
        return PlannerSettings(model=limits, **shared)


class PlanningSection(TomlConfigSettingsSource):
    """The `[planning]` section of a TOML file; a file that is not there gives nothing.

    Raises:
        ValueError: it is no section, or has a key that is no setting: a limit with a typo in its name is no limit.
    """

    def _read_file(self, path: Any) -> dict[str, Any]:
        section = super()._read_file(path).get("planning", {})
        if not isinstance(section, dict):
            raise ValueError(f"planning in {Path(path).name} is no section")
        known = Settings.model_fields
        for name in section:
            if name not in known:
                near = get_close_matches(name.lower().removeprefix("groundplan_"), known, n=1, cutoff=0.0)
                raise ValueError(f"{name}: is no setting ({Path(path).name}); the nearest is {near[0]}")
        return section


def _unusable(problems: list[str]) -> PlanningError:
    return PlanningError(
        ErrorCode.SETTINGS_INVALID,
        f"A setting cannot be used: {problems[0]}",
        details={"errors": problems},
        recovery_suggestion="Correct it in the environment, .env or groundplan.toml (see docs/settings.md).",
    )
