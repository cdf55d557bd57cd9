"""What all tests share: they expect English words, whatever the machine speaks."""

import os

os.environ["RHC_LANG"] = "en"
os.environ.pop("NO_COLOR", None)

from registry_bench import (  # noqa: F401  fixtures for all
    clock,
    empty_postgresql,
    empty_sqlite,
    new_registry,
    postgresql,
    registry,
)
