"""What passes between terminal and cards, told line by line while it happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from card_os.spec.model import Profile
from card_os.trace import Exchange, Explainer, Explanation

HEX_SHOWN = 28


class LiveTrace:
    """Prints the exchanges of any number of cards; `as_json` makes each one a JSON line."""

    def __init__(self, console: Console, as_json: bool = False, values: bool = False) -> None:
        self._console, self._as_json, self._values = console, as_json, values
        self._lock = threading.Lock()

    def listener(self, profile: Profile, name: str) -> Callable[[Exchange], None]:
        """What a `TracedCard` tells its exchanges to; they are printed under a name."""
        explainer = Explainer(profile, self._values)

        def told(exchange: Exchange) -> None:
            explanation = explainer.explain(exchange)
            with self._lock:
                self._print(name, explanation, exchange.seconds)

        return told

    def _print(self, name: str, told: Explanation, seconds: float) -> None:
        if self._as_json:
            row = {
                "card": name,
                "command": told.command,
                "response": told.response,
                "name": told.name,
                "file": told.file,
                "detail": told.detail,
                "outcome": told.outcome,
                "why": told.why,
                "ok": told.ok,
                "microseconds": round(seconds * 1e6),
            }
            self._console.print(json.dumps(row, ensure_ascii=False), soft_wrap=True, markup=False)
            return
        shown = told.command or told.response
        shown = shown if len(shown) <= HEX_SHOWN else shown[: HEX_SHOWN - 1] + "…"
        line = Text(f"{name:<5}")
        line.append(f"{shown:<{HEX_SHOWN}}  ", style="dim")
        line.append(told.line, style="" if told.ok else "red")
        self._console.print(line, soft_wrap=True)
