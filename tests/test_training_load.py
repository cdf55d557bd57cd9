"""Fifty seats at once: `make soak` lets them work for two minutes; a small class works in every run."""

import random
import re
import resource
import threading
import time
from statistics import quantiles

import httpx2
import pytest
from training_bench import quick_class, served

SEATS, MINUTES_OF_WORK = 50, 120.0
THINKING = (0.5, 2.5)
"""Seconds in which a trainee looks at what came back, a short while."""
CARDS = [f"resident-0{number}" for number in range(1, 10)]
LIMIT_SECONDS = 1.0


class Worker(threading.Thread):
    """A trainee at a browser: cards go in and out, the whole card is read, visits are written."""

    def __init__(self, url: str, number: int, end: float, thinking: tuple[float, float]) -> None:
        super().__init__(daemon=True)
        self._url, self._number, self._end, self._thinking = url, number, end, thinking
        self._choice = random.Random(number)  # noqa: S311  no secret
        self.reads: list[float] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        try:
            with httpx2.Client(base_url=self._url, timeout=30, follow_redirects=True) as client:
                self._work(client)
        except Exception as error:
            self.wrong.append(repr(error))

    def _work(self, client: httpx2.Client) -> None:
        csrf = re.search(r'name="csrf" value="(\w+)"', client.get("/start").text)[1]
        headers = {"X-CSRF-Token": csrf, "HX-Request": "true"}

        def post(path: str, due: str, **fields: str) -> float:
            begin = time.perf_counter()
            answer = client.post(path, data=fields, headers=headers)
            seconds = time.perf_counter() - begin
            if answer.status_code != 200 or due not in answer.text:
                self.wrong.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            time.sleep(self._choice.uniform(*self._thinking))
            return seconds

        post("/seat", 'id="desk"', name=f"学员{self._number}")
        visit = 0
        while not visit or time.monotonic() < self._end:
            card = self._choice.choice(CARDS)
            post("/desk/insert", 'id="slot-user"', card=card)
            self.reads.append(post("/windows/reading", 'data-result="done"'))
            if visit % 4 == 0:
                post("/windows/emergency", 'data-result="done"')
                post(
                    "/windows/cashier",
                    'data-result="done"',
                    outpatient_org_name="示范医院",
                    outpatient_org_code="00000001-9",
                    visit_datetime=f"2026-11-{1 + visit % 28:02}T09:30",
                    outpatient_number=f"MZ{self._number:03}{visit:05}",
                )
            visit += 1
            post("/desk/eject", "data-bay", slot="user")


def at_work(url: str, seats: int, seconds: float, thinking: tuple[float, float]) -> list[Worker]:
    end = time.monotonic() + seconds
    workers = [Worker(url, number, end, thinking) for number in range(seats)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(seconds + 60)
    assert not any(worker.is_alive() for worker in workers)
    return workers


def test_a_small_class_works_without_an_error(tmp_path):
    with served(quick_class(tmp_path)) as url:
        workers = at_work(url, 5, 2.0, (0.0, 0.05))
    assert [wrong for worker in workers for wrong in worker.wrong] == []
    assert all(worker.reads for worker in workers)


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_fifty_seats_for_two_minutes(tmp_path, capsys):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with served(quick_class(tmp_path)) as url:
        workers = at_work(url, SEATS, MINUTES_OF_WORK, THINKING)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reads = [seconds for worker in workers for seconds in worker.reads]
    percentile = quantiles(reads, n=20)[-1]
    with capsys.disabled():
        print(
            f"\n{SEATS} seats, {MINUTES_OF_WORK:.0f} s: {len(reads)} whole cards read, median "
            f"{sorted(reads)[len(reads) // 2]:.3f} s, 95th percentile {percentile:.3f} s, "
            f"memory {memory // 1024} MiB with the trainees, {before // 1024} MiB before"
        )
    assert [wrong for worker in workers for wrong in worker.wrong] == []
    assert len(reads) > SEATS * 5
    assert percentile < LIMIT_SECONDS
