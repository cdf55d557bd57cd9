"""What the chapters of the story share: the office and its people, the partners, what happened so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from card_os.kernel.card import Card
from issuer.office import OfficeSettings
from issuer.personalisation.issuance import IssuerSettings
from issuer.printing import private_file
from issuer.registry.registry import Registry
from issuer.registry.work import Work
from lab.applicants import COUNTIES
from lab.chip_store import ChipStore
from lab.issuer_demo.house import House
from lab.issuer_demo.people import NATION, People
from lab.testing.readers import CardReaders

KEYS = "keys.rhc"
SETTINGS = OfficeSettings("居民健康卡测试发卡中心", "41000000001", "410000", keys=KEYS)
OF_THE_NATION = OfficeSettings(NATION, "10000000001", "110000", keys=KEYS)
COUNTY = COUNTIES[0]
POINT = f"{COUNTY}-01"

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the story is to be about: how many applicants, how many of them faulty, and the seed of all."""

    count: int
    faults: int
    seed: int
    workers: int


@dataclass(slots=True)
class Stage:
    """The state of the story. `facts` grows by one entry for each chapter: numbers, never persons."""

    home: Path
    wishes: Wishes
    nation: House
    province: House
    readers: CardReaders
    say: Say = field(repr=False)
    progress: Progress = field(repr=False)
    facts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    cards: IssuerSettings = SETTINGS.cards
    applications: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    sams: dict[str, tuple[Card, str]] = field(default_factory=dict, repr=False)
    hospital_sam: str = ""
    lost: str = ""

    @property
    def registry(self) -> Registry:
        """The registry of the province."""
        return self.province.registry

    @property
    def people(self) -> People:
        """Who works with the registry of the province."""
        return self.province.people

    @property
    def store(self) -> ChipStore:
        """Where the chips lie."""
        return ChipStore(self.home / "chips", every_write=False)

    def work(self, name: str, second: str = "") -> AbstractContextManager[Work]:
        """A piece of work of an operator of the province, with a second one where it takes two."""
        return self.province.work(name, second)

    def kept(self, folder: str, name: str, content: bytes) -> Path:
        """Keep a file of the story, for its owner only."""
        file = self.home / folder / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        private_file.write(file, content)
        return file
