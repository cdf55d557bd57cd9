"""The training page over the readers of a simulator: any PC/SC client sees the card that was dragged in."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from lab.pcsc.client import wait_card
from lab.pcsc.private_stack import PrivateStack

pytestmark = pytest.mark.pcsc
RHC = [sys.executable, "-m", "lab"]
SECONDS = 40
USER, SAM = "RHC Contactless 00 00", "RHC SAM 00 00"


class Page:
    """A browser at the first seat of a simulator's page."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=SECONDS, follow_redirects=True)
        self._csrf = re.search(r'name="csrf" value="(\w+)"', self._http.get("/start").text)[1]
        self._http.cookies.set("rhc_language", "en")
        self.post("/seat", name="学员")

    def post(self, path: str, **fields: str) -> str:
        answer = self._http.post(path, data={**fields, "csrf": self._csrf}, headers={"HX-Request": "true"})
        answer.raise_for_status()
        return answer.text

    def get(self, path: str) -> str:
        return self._http.get(path).text


@pytest.fixture(scope="module")
def environment(pcsc_stack: PrivateStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("training")
    given = {
        "RHC_LANG": "en",
        "RHC_SIM_SOCKET": str(folder / "socket"),
        "RHC_TRAINING": str(folder / "class"),
    }
    return os.environ | given


@pytest.fixture(scope="module")
def page(environment: dict[str, str]) -> Iterator[Page]:
    with running(["sim", "--resident", "05"], environment) as url:
        yield Page(url)
    assert not Path(environment["RHC_SIM_SOCKET"]).exists()


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[str]:
    """The address of the page of a command, which ends well when it is told to."""
    process = subprocess.Popen(
        [*RHC, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        for line in process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                break
        else:
            pytest.fail(f"the command ended: {process.stderr.read()}")
        # what passes is told there; nobody reads it, and a full pipe would hold the simulator
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield found[0]
        process.terminate()
        assert process.wait(SECONDS) == 0, process.stderr.read()
    finally:
        process.kill()
        process.wait(SECONDS)


def rhc(environment: dict[str, str], *arguments: str) -> str:
    """Another program on the same readers."""
    done = subprocess.run(
        [*RHC, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_alone_can_use_the_readers_too(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    # first here: the simulator of the others holds both readers until the end of the module
    environment = os.environ | {"RHC_LANG": "en", "RHC_TRAINING": str(tmp_path / "class")}
    with running(["train", "--pcsc", "--port", "0"], environment) as url:
        page = Page(url)
        page.post("/desk/insert", card="resident-09")
        read = rhc(environment, "read", "holder_name", "--json")
        assert json.loads(read) == {"holder_name": "卓玛央金"}
    wait_card(USER, False, 5.0)


def test_page_and_another_client_share_one_card(page: Page, environment: dict[str, str]) -> None:
    shown = page.get("/desk")
    assert "Zhuge Chengsheng" in shown  # the card that the simulator put in is that of the drawn slot
    assert 'id="slot-sam"' in shown

    page.post("/desk/insert", card="resident-01")
    wait_card(USER, True, 5.0)
    read = json.loads(rhc(environment, "read", "holder_name", "card_number", "--json"))
    assert read == {"holder_name": "张伟", "card_number": "11010119000315007X"}

    rhc(environment, "write", "holder_phone_1=19900007777")
    assert "19900007777" in page.post("/windows/reading")

    page.post("/desk/eject", slot="user")
    wait_card(USER, False, 5.0)
    assert "Put a card into the reader first." in page.post("/windows/reading")


def test_the_page_sees_what_another_terminal_does_to_the_reader(
    page: Page, environment: dict[str, str]
) -> None:
    page.post("/desk/insert", card="resident-02")
    rhc(environment, "sim", "swap", "user:03", USER)
    assert "Ayiguli" in page.get("/desk")
    assert "阿依古丽" in page.post("/windows/reading")
    rhc(environment, "sim", "eject", SAM)
    assert 'id="slot-sam"' not in page.get("/desk")
    page.post("/desk/insert", card="sam-own")
    wait_card(SAM, True, 5.0)


def test_a_window_writes_over_pcsc(page: Page, environment: dict[str, str]) -> None:
    page.post("/desk/insert", card="resident-06")
    written = page.post(
        "/windows/cashier",
        outpatient_org_name="示范医院",
        outpatient_org_code="00000001-9",
        visit_datetime="2026-11-20T09:30",
        outpatient_number="MZ77",
    )
    assert 'data-result="done"' in written
    name = "outpatient_visits[1].outpatient_number"
    assert json.loads(rhc(environment, "read", name, "--json")) == {name: "MZ77"}


def test_a_card_is_made_and_put_into_use_in_the_reader(page: Page, environment: dict[str, str]) -> None:
    number = "310101190011280197"
    page.post("/exercises/replacement/start")
    holder = {"document_type": "01", "document_number": number}
    page.post("/windows/loss", act="formal", **holder)
    page.post("/windows/loss", act="replace", **holder)
    for _party in range(4):
        task = re.search(r'<option value="(\w+:\d+)"', page.get("/windows/review"))[1]
        assert 'data-result="done"' in page.post("/windows/review", task=task, verdict="pass")
    page.post("/desk/insert", card="blank")
    ready = re.search(r'<option value="(\d+)"', page.get("/windows/making"))[1]
    assert 'data-result="done"' in page.post("/windows/making", application=ready)
    assert 'data-result="done"' in page.post("/windows/counter", presence="holder", **holder)
    assert "Done: Loss and replacement" in page.get("/exercise")
    assert json.loads(rhc(environment, "read", "card_number", "--json")) == {"card_number": number}
