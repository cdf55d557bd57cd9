"""Applicants hand in their forms, the list is checked, and three parties review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from issuer.applications import intake, list_intake, places, release, reviews
from issuer.applications.list_intake import LinesRefusedError
from issuer.applications.reviews import Party, Verdict
from issuer.registry.day import day_of
from lab.applicant_list import SyntheticList, make_list
from lab.issuer_demo import people
from lab.issuer_demo.stage import COUNTY, POINT, Stage
from language import _

REVIEWERS = {Party.COUNTY: "county-1", Party.CENTRE: "centre-1", Party.BANK: "bank-1"}
RETURN_EVERY = 40
"""Of so many applications one is returned by the county, to be corrected and handed in again."""


def places_and_list(stage: Stage) -> Mapping[str, object]:
    """A county and its collection point; a list with planted faults is refused whole, then taken in right."""
    with stage.work("admin-1") as work:
        places.add_county(work, COUNTY, "示范县", people.COUNTY)
        places.add_point(work, POINT, COUNTY, "示范县第一采集点", people.COUNTY)
    faulty = _list(stage, stage.wishes.faults)
    stage.kept("applications", "applicants-with-faults.jsonl", faulty.raw)
    refused = _refusal(stage, faulty)
    found = {line: tuple(problem.rule for problem in told) for line, told in refused.receipt.problems.items()}
    missed = [line for line, planted in faulty.faults.items() if planted.rule not in found.get(line, ())]
    invented = [line for line in found if line not in faulty.faults]
    stage.kept("applications", "return.csv", refused.receipt.return_file())
    stage.say(
        _("{count} lines, {faults} of them with planted faults: refused whole, {found} lines told").format(
            count=refused.receipt.lines, faults=len(faulty.faults), found=len(found)
        )
    )
    sound = _list(stage, 0)
    stage.kept("applications", "applicants.jsonl", sound.raw)
    with stage.work("collector-1") as work:
        receipt = list_intake.submit_file(work, sound.raw, _no_photo, progress=stage.progress)
    stage.applications = list(receipt.accepted.values())
    stage.say(_("the corrected list: {count} applications taken in").format(count=len(stage.applications)))
    return {
        "lines": receipt.lines,
        "planted": len(faulty.faults),
        "found": len(found),
        "missed": missed,
        "invented": invented,
        "accepted": len(receipt.accepted),
        "ok": not missed and not invented and len(receipt.accepted) == receipt.lines,
    }


def reviewing(stage: Stage) -> Mapping[str, object]:
    """County, centre and bank review; some applications come back, are corrected and pass the second time."""
    returned = stage.applications[::RETURN_EVERY]
    with stage.work("county-1") as work:
        reviews.give(work, Party.COUNTY, Verdict.RETURN, returned, "电话与登记不符，请核对")
    stage.say(_("the county returned {count} applications with a reason").format(count=len(returned)))
    for number in returned:
        with stage.work("collector-1") as work:
            intake.correct(work, number, {"holder_phone_2": "19900000001"})
            intake.submit(work, number)
    counts: Counter[str] = Counter()
    for party, name in REVIEWERS.items():
        with stage.work(name) as work:
            numbers = reviews.waiting(work, party)
            reviews.give(work, party, Verdict.PASS, numbers)
        counts[party] = len(numbers)
        stage.say(_("{party}: {count} passed").format(party=party, count=len(numbers)))
    with stage.work("centre-1") as work:
        released = release.release(work, stage.applications, stage.progress)
    stage.say(_("{count} applications may be made").format(count=len(released.ready)))
    due = len(stage.applications)
    passed = {party: counts[party] for party in REVIEWERS}
    ok = all(count == due for count in passed.values()) and len(released.ready) == due
    return {"returned": len(returned), "passed": passed, "released": len(released.ready), "ok": ok}


def _list(stage: Stage, faults: int) -> SyntheticList:
    wishes = stage.wishes
    today = day_of(stage.registry.clock())
    return make_list(wishes.count, wishes.seed, today, point=POINT, county=COUNTY, faults=faults)


def _refusal(stage: Stage, faulty: SyntheticList) -> LinesRefusedError:
    try:
        with stage.work("collector-1") as work:
            list_intake.submit_file(work, faulty.raw, _no_photo)
    except LinesRefusedError as refused:
        return refused
    raise RuntimeError("a list with planted faults was taken in")


def _no_photo(name: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", name)
