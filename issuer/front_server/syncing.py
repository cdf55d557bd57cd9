"""Synchronisation: what is new comes from the issuer, or in a file that somebody carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from card_os.spec import card_list_format
from card_os.spec.errors import Phrase
from issuer.front_server import home as homes
from issuer.front_server.home import FrontServerSettings
from issuer.front_server.store import ListRefusedError, ListStore
from issuer.front_server.upstream import Upstream
from language import cause

_LINES, _LINE = 5000, 4000
WHOLE, DELTA, NOTHING = "whole", "delta", "nothing"


@dataclass(frozen=True, slots=True)
class Synced:
    """What came: the version before and now (0 for none), and whether a whole list, a delta or nothing."""

    before: int
    version: int
    how: str


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def from_issuer(home: Path, settings: FrontServerSettings, now: Callable[[], datetime] = utc_now) -> Synced:
    """Fetch what is new, keep it, and tell the issuer; raises UpstreamError, ListRefusedError."""
    store = ListStore(home, settings.trusted_key)
    upstream = Upstream(settings)
    upstream.sign_in(homes.password_of(home))
    try:
        with homes.alone(home):
            before = _held(store)
            how, version = _taken(store, upstream, before)
            upstream.hold(version)
            store.heard(now())
    finally:
        upstream.sign_out()
    return Synced(before, version, how)


def from_file(home: Path, settings: FrontServerSettings, file: Path) -> Synced:
    """Take a list or delta that was carried by hand; raises ListRefusedError."""
    store = ListStore(home, settings.trusted_key)
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ListRefusedError(reason=cause(error)) from None
    except UnicodeDecodeError:
        raise ListRefusedError(reason=Phrase("the file is not in UTF-8")) from None
    with homes.alone(home):
        before = _held(store)
        how = DELTA if card_list_format.is_delta(text) else WHOLE
        return Synced(before, int(store.take(text).version), how)


def report_swipes(home: Path, settings: FrontServerSettings, file: Path) -> dict[str, int]:
    """Hand in a swipe log of the terminals here; returns counts. Raises UpstreamError, OSError."""
    total: Counter[str] = Counter(dict.fromkeys(("rows", "damaged", "alarms", "known", "ahead"), 0))
    lines = file.read_text("utf-8", errors="replace").splitlines()
    upstream = Upstream(settings)
    upstream.sign_in(homes.password_of(home))
    try:
        for at in range(0, len(lines), _LINES):
            block = [line[:_LINE] for line in lines[at : at + _LINES]]
            total.update({name: int(count) for name, count in upstream.report_swipes(block).items()})
    finally:
        upstream.sign_out()
    return dict(total)


def _held(store: ListStore) -> int:
    """The version that is held; one that was changed or replaced counts as none, and is fetched anew."""
    try:
        held = store.read()
    except ListRefusedError:
        return 0
    return int(held.version) if held else 0


def _taken(store: ListStore, upstream: Upstream, before: int) -> tuple[str, int]:
    fetched = upstream.fetch(before)
    if not fetched.text:
        return NOTHING, before
    try:
        taken = store.take(fetched.text)
    except ListRefusedError:
        if not fetched.is_delta:
            raise
        # a delta that does not fit costs a whole list, and no trust
        return WHOLE, int(store.take(upstream.fetch(0).text).version)
    return (DELTA if fetched.is_delta else WHOLE), int(taken.version)
