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

BROWSER = "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, then those with readers, then those with a browser, otherwise in their order.

    The browser comes last for another reason, too: its driver leaves an event loop running in the process.
    """
    items.sort(key=lambda item: (item.path.parent.name == BROWSER, "pcsc" in item.keywords))
