"""Reports: one document, its forms, its signature, its comparison, and what is never in it."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conformance_cards import StrangeCard, bench_of, iso_card
from hypothesis import given, settings
from hypothesis import strategies as st

from card_os.crypto import sm2
from card_os.spec.loader import load
from card_os.spec.model import Meaning, Profile
from lab.conformance_bench import PIN, simulated
from lab.conformance_cli import TestCentre
from language import speaking
from reader_client.conformance.bench import Bench
from reader_client.conformance.catalogue import case_named, cases_of
from reader_client.conformance.continuation import RunFile, RunFileError
from reader_client.conformance.exchange import Exchange
from reader_client.conformance.model import Case
from reader_client.conformance.playing import Plan, play
from reader_client.conformance.report import checking, schema, signing, writing
from reader_client.conformance.report.badge import badge
from reader_client.conformance.report.difference import difference
from reader_client.conformance.report.document import About, Document, canonical
from reader_client.conformance.report.fitting import fits
from reader_client.conformance.report.hiding import shown
from reader_client.conformance.report.junit import junit
from reader_client.conformance.report.page import embedded, page
from reader_client.conformance.report.reading import ReportFileError, parse_report, read_report
from reader_client.conformance.report.signing import SignatureWrongError, SigningKeyError

ROOT = Path(__file__).parents[1]
NAME = "张伟".encode("gbk").hex().upper()


def report_of(bench: Bench, cases: Sequence[Case], kept_in: Path | None = None) -> Document:
    centre = TestCentre()

    def explain(exchanges: Sequence[Exchange]) -> Sequence[Meaning]:
        return centre.explained(bench.profile, exchanges, with_data=bench.shows_data)

    about = About(
        profile=bench.profile,
        reader="Reader <1>",
        selected={"quick": True},
        with_data=bench.shows_data,
        explain=explain,
    )
    return play(Plan(cases_of(bench.profile), cases, bench, about, destructive=False), kept_in)


def failing_bench() -> Bench:
    """A card of another variant than it is said to be."""
    bench = simulated("fci_plain")
    bench.profile = load("health_card")
    return bench


def some(profile: Profile, *names: str) -> list[Case]:
    return [case_named(cases_of(profile), name) for name in names]


SOME = ("R1-01", "R4-01", "A5-01", "C1-0B", "K2-01", "G4-01", "U1-01")


@pytest.fixture(scope="module")
def failing() -> Document:
    bench = failing_bench()
    return report_of(bench, some(bench.profile, *SOME))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> signing.SigningKey:
    if not sm2.available():
        pytest.skip("no library for SM2")
    return signing.signing_key(tmp_path_factory.mktemp("keys") / "key.json")


# --- the document -----------------------------------------------------------------------------------------


def test_the_document_tells_card_suite_environment_and_results(failing):
    assert failing["format"] == "rhc-conformance/1"
    assert failing["card"]["factor"] == "00A1A1A100000001"
    assert failing["card"]["city_code"] == "110000"
    assert failing["card"]["spec_version"] == "0002"
    assert failing["environment"]["reader"] == "Reader <1>"
    assert failing["suite"]["cases"] > 1000
    assert failing["summary"] == {"passed": 5, "failed": 1, "skipped": 1, "error": 0}
    rows = {row["id"]: row for row in failing["cases"]}
    assert list(rows) == [case.id for case in cases_of(load("health_card")) if case.id in rows]
    found = rows["R4-01"]["finding"]
    assert (found["step"], found["line"][:19]) == (2, "send 00A4000002DDF1")
    assert found["actual"]["en"].startswith("9000 ok, 16 bytes")
    assert found["actual"]["zh"].startswith("9000 成功")
    words = [one["words"] for one in rows["R4-01"]["exchanges"]]
    assert any("SELECT" in one["en"] and "选择" in one["zh"] for one in words)
    assert rows["K2-01"]["reason"]["zh"] == "属于破坏性用例，未要求执行"
    assert rows["G4-01"]["measured"]["select_ms"] > 0
    items = {item["id"]: item for item in failing["items"]}
    assert items["R4"]["failed"] == 1
    assert items["R4"]["passed"] == 0
    assert not items["I2"]["covered"]


def test_the_published_schema_is_ours_and_fits(failing):
    jsonschema = pytest.importorskip("jsonschema")
    published = (ROOT / "docs" / "schemas" / schema.FILE).read_text("utf-8")
    assert published == schema.text(), "run `python -m reader_client.conformance.report.schema`"
    validator = jsonschema.Draft202012Validator(json.loads(published))
    jsonschema.Draft202012Validator.check_schema(json.loads(published))
    assert list(validator.iter_errors(failing)) == []
    assert fits(failing, schema.report_schema())
    strange = bench_of(StrangeCard(iso_card))
    assert list(validator.iter_errors(report_of(strange, cases_of(strange.profile)[:30]))) == []


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_our_check_agrees_with_the_library(failing, data):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema.report_schema())
    changed = json.loads(json.dumps(failing))
    place: Any = changed
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        chosen = data.draw(st.sampled_from(keys))
        inner = place[chosen]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    if isinstance(place, dict) and data.draw(st.booleans()):
        del place[chosen]
    else:
        place[chosen] = data.draw(ODD)
    assert fits(changed, schema.report_schema()) == validator.is_valid(changed)


# --- what is never in a report ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "response", "with_data", "expected"),
    [
        ("0020000003123456", "9000", True, ("0020000003…", "9000")),
        ("805E010007123456FF654321", "63C9", True, ("805E010007…", "63C9")),
        ("84D40104241122", "6700", True, ("84D40104…", "6700")),
        ("00B2010400", "0B1E" + NAME + "9000", False, ("00B2010400", "…9000")),
        ("00B2010400", "0B1E" + NAME + "9000", True, ("00B2010400", "0B1E" + NAME + "9000")),
        ("00DC0104020000", "9000", False, ("00DC010402…", "9000")),
        ("00B2010400", "6982", False, ("00B2010400", "6982")),
        ("0084000008", "00" * 8 + "9000", False, ("0084000008", "00" * 8 + "9000")),
        ("00", "6700", False, ("00", "6700")),
    ],
)
def test_secrets_never_and_data_only_where_wanted(command, response, with_data, expected):
    exchange = Exchange("card", bytes.fromhex(command), bytes.fromhex(response))
    assert shown(exchange, with_data=with_data) == expected


def test_a_report_holds_neither_the_pin_nor_without_leave_the_person():
    bench = simulated("fci_plain")
    bench.profile = load("health_card")
    bench.shows_data = False
    cases = [case for case in cases_of(bench.profile) if case.group in ("R", "U", "C", "A", "I")]
    # fail everything that reads or verifies, so that all exchanges are told
    wrong = case_named(cases_of(bench.profile), "R4-01").steps
    broken = [Case(c.id, c.title, c.source, (*c.steps, *wrong), c.needs) for c in cases[::4]]
    report = report_of(bench, broken)
    assert report["summary"]["failed"] > 50
    for form in ("json", "html", "junit"):
        text = writing.content(report, form).decode("utf-8")
        assert NAME not in text
        assert "张伟" not in text
        assert f"0020000003{PIN.hex()}" not in text
        assert "0020000003…" in text


# --- pages and files --------------------------------------------------------------------------------------


class Texts(HTMLParser):
    """What of a page a reader of one language sees, and every address in it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.seen: dict[str, list[str]] = {"zh": [], "en": []}
        self.addresses: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.addresses += [values[name] or "" for name in ("src", "href") if name in values]
        if tag not in ("meta", "input", "br", "link"):
            self.stack.append((tag, values.get("lang") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(tag in ("script", "style", "title") for tag, _lang in self.stack):
            return
        marked = [lang for tag, lang in self.stack if lang in ("zh", "en") and tag == "span"]
        for language in ("zh", "en"):
            if not marked or marked[-1] == language:
                self.seen[language].append(data)


def test_the_page_needs_nothing_and_shows_both_languages(failing):
    text = page(failing, "zh")
    parser = Texts()
    parser.feed(text)
    assert parser.stack == []
    assert parser.addresses == []
    assert not parser.tags & {"img", "iframe", "object", "link", "form"}
    assert text.count("<script") == 1
    assert 'type="application/json"' in text
    assert "default-src 'none'" in text
    chinese, english = (" ".join(parser.seen[language]) for language in ("zh", "en"))
    assert "符合性测试报告" in chinese
    assert "符合性" not in english
    assert "Summary by clause" in english
    assert "Reader <1>" in english
    assert "R4-01" in chinese
    assert "应为" in chinese
    assert "expected" in english
    assert 'id="zh" checked' in text
    assert 'id="en" checked' in page(failing, "en")
    assert json.loads(embedded(text) or "") == failing


def test_nothing_in_a_report_breaks_out_of_the_page():
    bench = failing_bench()
    report = report_of(bench, some(bench.profile, "R4-01"))
    report["card"]["issuer"] = '</script><script>alert(1)</script>"&'
    report["cases"][0]["title"] = {"zh": "<b>", "en": "</main>"}
    text = page(report)
    parser = Texts()
    parser.feed(text)
    assert parser.stack == []
    assert "b" not in parser.tags
    assert text.count("<script") == 1
    assert json.loads(embedded(text) or "") == report


def test_junit_tells_every_case(failing):
    with speaking("en"):
        root = ET.fromstring(junit(failing))  # noqa: S314 - our own
    assert root.attrib["tests"] == "7"
    assert root.attrib["failures"] == "1"
    tests = {test.attrib["name"].split()[0]: test for test in root.iter("testcase")}
    assert set(tests) == set(SOME)
    failure = tests["R4-01"].find("failure")
    assert failure is not None
    assert "9000 ok" in failure.attrib["message"]
    assert "00A4000002DDF1 -> 6F0E" in (failure.text or "")
    assert tests["K2-01"].find("skipped") is not None
    assert tests["R1-01"].attrib["classname"] == "conformance.R1"
    with speaking("zh"):
        assert "未校验口令" in junit(failing).decode("utf-8")


def test_the_badge_is_red_green_or_grey(failing):
    assert "5/6" in badge(failing)
    assert "#b00020" in badge(failing)
    good = {**failing, "summary": {"passed": 7, "failed": 0, "skipped": 0, "error": 0}}
    assert "#1a7f37" in badge(good)
    assert "#777777" in badge({**good, "stopped": {"zh": "停", "en": "stopped"}})
    ET.fromstring(badge(good))  # noqa: S314 - our own


def test_all_forms_are_written(failing, tmp_path):
    written = writing.write_all(failing, tmp_path / "new" / "reports")
    assert [path.name for path in written] == ["report.json", "junit.xml", "report.html", "badge.svg"]
    assert read_report(written[0]) == failing
    assert read_report(written[2]) == failing
    (tmp_path / "file").write_text("")
    with pytest.raises(writing.ReportNotWrittenError):
        writing.write_all(failing, tmp_path / "file")


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"format": "rhc-conformance/1"}', '{"format": "rhc-conformance/2"}', "[" * 9999,
     '<script type="application/json" id="report">{</script>'],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_one_line(text, tmp_path):
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(ReportFileError) as error:
        read_report(file)
    assert "\n" not in str(error.value)
    with pytest.raises(ReportFileError):
        read_report(tmp_path / "missing.json")


def test_a_report_that_does_not_say_why_is_refused(failing, tmp_path):
    for name in ("finding", "exchanges"):
        broken = json.loads(json.dumps(failing))
        del next(row for row in broken["cases"] if row["outcome"] == "failed")[name]
        with pytest.raises(ReportFileError):
            parse_report(json.dumps(broken), tmp_path / "x")


# --- signature --------------------------------------------------------------------------------------------


def test_a_signed_report_verifies_in_both_forms(failing, key, tmp_path):
    report = signing.signed(failing, key)
    json_file, _junit, html_file, _badge = writing.write_all(report, tmp_path)
    for file in (json_file, html_file):
        text = file.read_text("utf-8")
        found = parse_report(text, file)
        assert checking.checked(found, text, file) == key.public.hex().upper()
        assert checking.checked(found, text, file, key.public.hex()) == key.public.hex().upper()
        with pytest.raises(SignatureWrongError, match="another key"):
            checking.checked(found, text, file, "00" * 64)


def test_whatever_is_changed_is_seen(failing, key, tmp_path):
    report = signing.signed(failing, key)
    for change in (
        {"seconds": report["seconds"] + 1},
        {"cases": report["cases"][1:]},
        {"summary": {**report["summary"], "failed": 0}},
        {"signature": {**report["signature"], "value": "00" * 64}},
        {"signature": {**report["signature"], "public_key": "00" * 64}},
        {"signature": {}},
    ):
        with pytest.raises(SignatureWrongError):
            signing.verified({**report, **change}, tmp_path / "x")
    with pytest.raises(SignatureWrongError, match="not signed"):
        signing.verified(failing, tmp_path / "x")
    text = page(report)
    for was, now in (("Cases that did not pass", "Cases that did pass"), ("R4-01</code>", "R4-02</code>")):
        assert was in text
        changed = text.replace(was, now, 1)
        with pytest.raises(SignatureWrongError, match="the page is not the one"):
            checking.checked(parse_report(changed, tmp_path / "x"), changed, tmp_path / "x")


def test_the_signature_does_not_depend_on_the_order_of_the_keys(failing):
    turned = dict(reversed(failing.items()))
    assert list(turned) != list(failing)
    assert canonical(turned) == canonical(failing)
    assert canonical({**failing, "signature": {"x": 1}}) == canonical(failing)


def test_the_key_is_made_once_for_its_owner_only(tmp_path, monkeypatch):
    if not sm2.available():
        pytest.skip("no library for SM2")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = signing.default_file()
    assert file.is_relative_to(tmp_path)
    first = signing.signing_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert signing.signing_key(file) == first
    assert first.private.hex() not in repr(first)
    for text in (
        "",
        "{}",
        '{"format": "rhc-signing-key/1", "private": "00"}',
        '{"format": "x", "private": "11"}',
    ):
        file.write_text(text)
        with pytest.raises(SigningKeyError):
            signing.signing_key(file)
    with pytest.raises(SigningKeyError):
        signing.signing_key(tmp_path)


# --- comparison -------------------------------------------------------------------------------------------


def test_two_reports_are_compared():
    bad, good = failing_bench(), simulated()
    before = report_of(good, some(good.profile, "R1-01", "R4-01", "A5-01"))
    after = report_of(bad, some(bad.profile, "R1-01", "R4-01", "G4-01"))
    changes = {one.id: (one.before, one.after, one.worse) for one in difference(before, after)}
    assert changes == {
        "R4-01": ("passed", "failed", True),
        "G4-01": ("", "passed", False),
        "A5-01": ("passed", "", False),
    }
    assert [one.worse for one in difference(after, before)] == [False] * 3
    assert difference(after, after) == []


# --- a run that goes on -----------------------------------------------------------------------------------


def test_a_run_is_taken_up_where_it_stopped(tmp_path):
    bench = failing_bench()
    cases = some(bench.profile, *SOME)
    file = tmp_path / "run.jsonl"
    whole = report_of(bench, cases, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(cases)
    # the power went in the middle of a line
    file.write_text("\n".join(lines[:4]) + "\n" + lines[4][:20], "utf-8")
    bench.card.reset()
    again = report_of(bench, cases, file)
    assert [row["id"] for row in again["cases"]] == [row["id"] for row in whole["cases"]]
    assert [row["outcome"] for row in again["cases"]] == [row["outcome"] for row in whole["cases"]]
    # what was played before was not played again: its times are those of before
    before, after = ({row["id"]: row["seconds"] for row in run["cases"]} for run in (whole, again))
    played = [json.loads(line)["id"] for line in lines[1:4]]
    assert [after[name] for name in played] == [before[name] for name in played]
    assert len(file.read_text("utf-8").splitlines()) == len(lines)


def test_the_file_of_another_run_is_refused_and_stays(tmp_path):
    bench = simulated()
    file = tmp_path / "run.jsonl"
    report_of(bench, some(bench.profile, "R1-01"), file)
    before = file.read_bytes()
    with pytest.raises(RunFileError, match="another run: card differs"):
        RunFile(file, {"suite": json.loads(before.splitlines()[0])["suite"], "card": "00"})
    with pytest.raises(RunFileError, match="another run: suite differs"):
        RunFile(file, {"suite": "00"})
    assert file.read_bytes() == before
    for text in (b"x", b"{}\n", b"\xff\xfe", b'{"format": "rhc-conformance/1"}\n'):
        file.write_bytes(text)
        with pytest.raises(RunFileError):
            RunFile(file, {})
        assert file.read_bytes() == text
    with pytest.raises(RunFileError):
        RunFile(tmp_path, {})


def test_the_words_of_the_page_are_in_both_languages():
    from reader_client.conformance.report import page_words  # noqa: PLC0415

    texts = [value for name, value in vars(page_words).items() if name.isupper()]
    flat = [one for text in texts for one in (text.values() if "zh" not in text else [text])]
    assert len(flat) > 40
    for one in flat:
        assert set(one) == {"zh", "en"}
        assert set(re.findall(r"\{\w+\}", one["zh"])) == set(re.findall(r"\{\w+\}", one["en"]))
