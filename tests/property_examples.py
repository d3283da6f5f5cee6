"""How many examples the property tests try: few by default, many with `HYPOTHESIS_PROFILE=thorough`."""

import math
import os

from hypothesis import settings


def load_profile() -> None:
    """Choose the profile that `HYPOTHESIS_PROFILE` names; without it the quick one."""
    # No deadline: a busy machine is slow now and then, and what must not be slow has a guard of its own.
    settings.register_profile("quick", deadline=None, max_examples=20)
    settings.register_profile("thorough", deadline=None, max_examples=400)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def examples(share: float) -> int:
    """So many of the profile's examples, for tests whose examples are dearer (or cheaper) than most."""
    return math.ceil(share * settings.get_profile(settings.get_current_profile_name()).max_examples)
