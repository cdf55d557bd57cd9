"""All windows by their ids, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Mapping

from lab.training import hospital_windows, office_windows
from lab.training.window import Window

WINDOWS: Mapping[str, Window] = {
    window.id: window for window in (*hospital_windows.WINDOWS, *office_windows.WINDOWS)
}
