"""The pytest plugin: cards, SAM, readers and faults as fixtures for the tests of a hospital's program.

pytest loads it wherever this package is installed, so it imports next to nothing of this project before a
test asks for a card. docs/en/testing-your-software.md tells how to use it.
"""

from __future__ import annotations

import inspect
import os
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from language import _, choose, describe

if TYPE_CHECKING:
    from lab.pcsc.errors import PcscStackError
    from lab.pcsc.private_stack import PrivateStack
    from lab.pcsc.readers import Readers
    from lab.testing.desk import CardFactory, Desk, FaultPlan
    from lab.testing.desk_card import DeskCard, DeskSam
    from lab.testing.pcsc_readers import PcscReaders
    from lab.testing.stock import Stock
    from reader_client.channel import ChannelFactory

OPTION = "--health-card-readers"
SETTING = "health_card_readers"
MODES = AUTO, PCSC, IN_PROCESS = "auto", "pcsc", "in-process"


class _Text(NamedTuple):
    """A text in both languages, for which no catalogue has to be read while pytest starts."""

    chinese: str
    english: str


WHERE = _Text(
    "测试卡放在哪里：auto（有PC/SC就用PC/SC，默认）、pcsc 或 in-process",
    "where the test cards lie: auto (PC/SC where it can be had, the default), pcsc or in-process",
)
MARKERS = {
    "health_card(resident, *, variant, values)": _Text(
        "夹具 health_card 是谁的卡、卡上有什么",
        "whose card the fixture `health_card` is, and what is on it",
    ),
    "sam(*, province, pin, last_day)": _Text("夹具 sam 是哪张SAM卡", "which SAM the fixture `sam` is"),
    "fault_plan(plan)": _Text(
        "卡出什么故障：故障方案的名称或文件",
        "what goes wrong with the card: the name of a plan, or its file",
    ),
}
_REPORTED = 40
_DESK: pytest.StashKey[Desk] = pytest.StashKey()


class InProcessWarning(pytest.PytestWarning):
    """No private PC/SC stack could be had, so that the cards lie in readers of this process."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the cards lie."""
    group = parser.getgroup("health card", choose(_Text("居民健康卡", "Residents' Health Card")))
    group.addoption(OPTION, choices=MODES, help=choose(WHERE))
    parser.addini(SETTING, choose(WHERE), default=AUTO)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker, about in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {choose(about)}")


# --- readers ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _pcsc_found() -> Iterator[PrivateStack | PcscStackError]:
    """The stack of this worker, or why there is none."""
    from lab.pcsc.client import SOCKET_VARIABLE  # noqa: PLC0415
    from lab.pcsc.errors import PcscStackError  # noqa: PLC0415
    from lab.pcsc.private_stack import private_stack  # noqa: PLC0415

    with ExitStack() as closing:
        directory = closing.enter_context(tempfile.TemporaryDirectory(prefix="rhc-pcsc-"))
        try:
            stack = closing.enter_context(private_stack(Path(directory)))
        except PcscStackError as error:
            yield error
            return
        os.environ[SOCKET_VARIABLE] = str(stack.socket)
        yield stack


@pytest.fixture(scope="session")
def pcsc_stack(request: pytest.FixtureRequest) -> PrivateStack:
    """A PC/SC stack of this worker's own, no root needed; the test is skipped where its parts are missing.

    PCSCLITE_CSOCK_NAME names its socket from here on, for this process and those that it starts.
    """
    from lab.pcsc.errors import PartsMissing, PcscStackError  # noqa: PLC0415

    if _mode(request.config) == IN_PROCESS:
        pytest.skip(_("{option}={mode} was asked for").format(option=OPTION, mode=IN_PROCESS))
    found: PrivateStack | PcscStackError = request.getfixturevalue("_pcsc_found")
    if isinstance(found, PartsMissing):
        pytest.skip(describe(found))
    if isinstance(found, PcscStackError):
        raise found
    return found


@pytest.fixture(scope="session")
def _pcsc_card_readers(pcsc_stack: PrivateStack) -> PcscReaders:
    from lab.testing.pcsc_readers import PcscReaders  # noqa: PLC0415

    return PcscReaders(pcsc_stack.readers)


@pytest.fixture
def pcsc_readers(pcsc_stack: PrivateStack, _pcsc_card_readers: PcscReaders) -> Iterator[Readers]:
    """The readers of the stack, empty before and after the test, for cards that the test puts in itself."""
    _pcsc_card_readers.clear()
    yield pcsc_stack.readers
    for slot in pcsc_stack.readers.slots:
        pcsc_stack.readers.eject(slot)


@pytest.fixture(scope="session")
def _shared_card_readers(request: pytest.FixtureRequest) -> PcscReaders | None:
    """The readers of all tests of this worker; None where every test gets its own in this process."""
    from lab.pcsc.errors import PcscStackError  # noqa: PLC0415

    mode = _mode(request.config)
    if mode == IN_PROCESS:
        return None
    found: PrivateStack | PcscStackError = request.getfixturevalue("_pcsc_found")
    if not isinstance(found, PcscStackError):
        readers: PcscReaders = request.getfixturevalue("_pcsc_card_readers")
        return readers
    if mode == PCSC:
        raise found
    line = _("the test cards lie in readers of this process: {reason}").format(reason=describe(found))
    warnings.warn(InProcessWarning(line), stacklevel=1)
    return None


def _mode(config: pytest.Config) -> str:
    mode = str(config.getoption(OPTION) or config.getini(SETTING))
    if mode not in MODES:
        line = _("{setting} = {given}: one of {known} is expected")
        raise pytest.UsageError(line.format(setting=SETTING, given=mode, known=", ".join(MODES)))
    return mode


# --- cards --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _card_stock() -> Stock:
    from lab.testing.stock import Stock  # noqa: PLC0415

    return Stock()


@pytest.fixture
def _card_desk(
    request: pytest.FixtureRequest, _card_stock: Stock, _shared_card_readers: PcscReaders | None
) -> Iterator[Desk]:
    from lab.sources import Kind  # noqa: PLC0415
    from lab.testing.desk import Desk  # noqa: PLC0415
    from lab.testing.readers import InProcessReaders  # noqa: PLC0415

    readers = _shared_card_readers or InProcessReaders()
    first = {Kind.USER: "health_card", Kind.SAM: "sam"}
    readers.begin(frozenset(kind for kind, fixture in first.items() if fixture in request.fixturenames))
    desk = request.node.stash[_DESK] = Desk(readers, _card_stock)
    try:
        _marked(request, "fault_plan", desk.faults)
        yield desk
    finally:
        desk.close()


@pytest.fixture
def card_factory(_card_desk: Desk) -> CardFactory:
    """Makes more cards: of other residents, blank ones, SAMs of other provinces; none is in a reader yet."""
    return _card_desk.factory


@pytest.fixture
def fault_plan(_card_desk: Desk) -> FaultPlan:
    """What goes wrong with the card: `fault_plan("card_pulled_during_write")`; `.strikes` tells what did."""
    return _card_desk.faults


@pytest.fixture
def card_channels(_card_desk: Desk) -> ChannelFactory:
    """Where a program built on `reader_client` gets its channels from: the readers of this test."""
    return _card_desk.readers


@pytest.fixture
def health_card(request: pytest.FixtureRequest, _card_desk: Desk) -> DeskCard:
    """An issued card of an invented resident, as new, in a contactless reader; see the marker of its name."""
    card: DeskCard = _marked(request, "health_card", _card_desk.first_card, always=True)
    return card


@pytest.fixture
def sam(request: pytest.FixtureRequest, _card_desk: Desk) -> DeskSam:
    """A SAM of the card's province, as new, in a reader of its own, with its `pin`; see the marker."""
    sam: DeskSam = _marked(request, "sam", _card_desk.first_sam, always=True)
    return sam


def _marked(
    request: pytest.FixtureRequest, name: str, call: Callable[..., object], *, always: bool = False
) -> Any:  # noqa: ANN401 - what the call returns
    """Call with what the nearest marker of a name gives; without one not at all, or without arguments."""
    from lab.testing.errors import MarkerError  # noqa: PLC0415

    marker = request.node.get_closest_marker(name)
    if marker is None:
        return call() if always else None
    if refused := _refused(call, marker):
        pytest.fail(describe(MarkerError(marker=name, reason=refused)), pytrace=False)
    return call(*marker.args, **marker.kwargs)


def _refused(call: Callable[..., object], marker: pytest.Mark) -> str:
    """Why the arguments of a marker are none of the call, empty where they are."""
    try:
        inspect.signature(call).bind(*marker.args, **marker.kwargs)
    except TypeError as error:
        return str(error)
    return ""


# --- reports ------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what passed between program and cards, in words, to the report of a test that failed."""
    report = yield
    desk = item.stash.get(_DESK, None)
    if desk is not None and report.when == "call" and report.failed:
        for card in desk.cards:
            if lines := card.told[-_REPORTED:]:
                title = _("exchange with {card}").format(card=card.name)
                report.sections.append((title, "\n".join(lines)))
    return report
