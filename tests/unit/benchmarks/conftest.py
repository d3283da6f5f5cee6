"""The benchmarks are scripts that import each other as neighbours, so their folder is on the path here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
