"""The chapters in their order, and the run from an empty directory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from card_os.spec.errors import PlainError
from card_os.spec.model import Meaning
from lab.issuer_demo import applying, counter, keys, losing, making, reckoning
from lab.issuer_demo.house import House
from lab.issuer_demo.people import OF_THE_PROVINCE
from lab.issuer_demo.stage import OF_THE_NATION, SETTINGS, Progress, Say, Stage, Wishes
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.errors import PcscStackError
from lab.pcsc.private_stack import private_stack
from lab.testing.pcsc_readers import PcscReaders
from lab.testing.readers import CardReaders, InProcessReaders
from language import _, choose


class NotEmptyError(PlainError):
    """A directory that holds something already."""

    template = "{directory}: the story begins in an empty directory"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the story; `play` returns numbers, among them `ok`."""

    name: str
    meaning: Meaning
    play: Callable[[Stage], Mapping[str, object]]


def _people(stage: Stage) -> Mapping[str, object]:
    for house in (stage.nation, stage.province):
        house.people.found()
    count = len(stage.nation.people.actors) + len(stage.people.actors)
    stage.say(_("{count} operators have signed in").format(count=count))
    return {"operators": count, "ok": True}


CHAPTERS = (
    Chapter("operators", Meaning("操作员", "Operators"), _people),
    Chapter("ceremony", Meaning("密钥仪式", "The key ceremony"), keys.ceremony),
    Chapter("sams", Meaning("SAM 卡", "SAMs"), keys.sams),
    Chapter("intake", Meaning("申领", "Applications"), applying.places_and_list),
    Chapter("reviews", Meaning("审核", "Reviews"), applying.reviewing),
    Chapter("batch", Meaning("批次制卡", "A batch"), making.batch),
    Chapter("pick-up", Meaning("领卡", "Pick-up"), counter.hand_out),
    Chapter("activation", Meaning("激活", "Activation"), counter.activate),
    Chapter("close", Meaning("关闭批次", "The batch is closed"), making.close),
    Chapter("loss", Meaning("挂失与名单", "A loss, and the list"), losing.lose),
    Chapter("replacement", Meaning("补卡", "A replacement"), losing.replace),
    Chapter("reconciliation", Meaning("对账", "Reconciliation"), reckoning.reconcile),
    Chapter("audit", Meaning("审计", "Audit"), reckoning.verify),
)


@contextmanager
def staged(
    home: Path,
    wishes: Wishes,
    database: str,
    say: Say,
    *,
    progress: Progress = lambda done, total: None,
    readers: CardReaders | None = None,
) -> Iterator[Stage]:
    """The stage in an empty directory, before the first chapter; `database` is that of the province.

    Without `readers` there are those of a PC/SC stack of our own. Raises NotEmptyError,
    RegistryUnavailableError.
    """
    if home.exists() and any(home.iterdir()):
        raise NotEmptyError(directory=home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as closing:
        nation = House.build(home / "nation", OF_THE_NATION)
        closing.callback(nation.registry.close)
        province = House.build(home / "province", replace(SETTINGS, database=database), OF_THE_PROVINCE)
        closing.callback(province.registry.close)
        used = readers or closing.enter_context(_readers(say))
        yield Stage(home, wishes, nation, province, used, say, progress)


def tell(stage: Stage, heading: Say) -> bool:
    """Play all chapters; whether everything came out as it must. What goes wrong raises."""
    for number, chapter in enumerate(CHAPTERS, start=1):
        heading(f"{number}. {choose(chapter.meaning)}")
        begin = perf_counter()
        facts = chapter.play(stage)
        stage.facts[chapter.name] = {**facts, "seconds": round(perf_counter() - begin, 1)}
    return all(facts["ok"] for facts in stage.facts.values())


@contextmanager
def _readers(say: Say) -> Iterator[CardReaders]:
    """Virtual readers of a PC/SC stack of our own; else readers of this process, and that is said."""
    with ExitStack() as closing:
        before = os.environ.get(SOCKET_VARIABLE)
        try:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="rhc-")))
            stack = closing.enter_context(private_stack(folder))
        except PcscStackError as error:
            say(_("no PC/SC here, so that the readers are in this process: {reason}").format(reason=error))
            yield InProcessReaders()
            return
        os.environ[SOCKET_VARIABLE] = str(stack.socket)
        try:
            yield PcscReaders(stack.readers)
        finally:
            if before is None:
                del os.environ[SOCKET_VARIABLE]
            else:
                os.environ[SOCKET_VARIABLE] = before
