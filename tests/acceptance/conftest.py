"""What every acceptance test needs: an environment for processes of its own, on one shared data folder."""

import os

import pytest


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory):
    return tmp_path_factory.mktemp("home") / "groundplan"


@pytest.fixture
def groundplan_home(shared_home):
    """The environment of a user whose data folder is shared by this test session."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("GROUNDPLAN_", "PLANNING_"))}
    return keep | {"GROUNDPLAN_HOME": str(shared_home), "GROUNDPLAN_EMBEDDED_LINGER": "5"}
