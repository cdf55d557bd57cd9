"""What all tests share: they expect English words, whatever the machine speaks."""

import os

import pytest

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

SLOW_ROOMS = ("pcsc", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first: what needs readers or a browser comes last, otherwise in its order."""
    items.sort(key=lambda item: item.path.parent.name in SLOW_ROOMS or "pcsc" in item.keywords)
