"""Forms, slips and reports: both languages, all that they must say and nothing that they must not."""

import errno
import os
import re
import stat
from dataclasses import fields
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from printing_bench import (
    ADDRESS,
    AGENT,
    CONTACT,
    GUARDIAN,
    ISSUER,
    NAME,
    NUMBER,
    PAPERS,
    PHONE,
    batch,
    ceremony,
    fonts_of,
    form,
    loss,
    page_sizes,
    page_texts,
    pick_up,
    pictures_on,
)

from issuer.printing import documents, papers, private_file
from issuer.printing.documents import LONGEST_TEXT, MOST_ROWS
from issuer.printing.errors import FileNotWrittenError, PrintRefusedError
from issuer.printing.masking import masked
from lab.portrait import draw_portrait

PERSONAL = (NAME, NUMBER, PHONE, ADDRESS, AGENT, GUARDIAN, CONTACT, "OUYANG", "1900")
SLIPS = ("pick-up slip", "loss slip")


@pytest.fixture(scope="module")
def printed():
    return {paper: to_pdf(sample()) for paper, (to_pdf, sample) in PAPERS.items()}


def text_of(pdf):
    return "".join(page_texts(pdf))


# --- all papers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", PAPERS)
def test_text_can_be_copied_out_and_the_fonts_are_inside(printed, paper):
    pdf = printed[paper]
    chinese = re.findall("[\u4e00-\u9fff]", text_of(pdf))
    assert len(chinese) > 80
    found = fonts_of(pdf)
    assert len(found) >= 2
    assert all("Noto" in name and "CJK-SC" in name and embedded for name, embedded in found.items()), found


@pytest.mark.parametrize("paper", PAPERS)
def test_the_same_paper_gives_the_same_bytes(printed, paper):
    to_pdf, sample = PAPERS[paper]
    assert to_pdf(sample()) == printed[paper]
    assert to_pdf(sample(issuer_name="另一示范省卫生健康委员会")) != printed[paper]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_page_says_test_and_none_does_in_production(printed, paper):
    to_pdf, sample = PAPERS[paper]
    assert all("测试TEST" in page for page in page_texts(printed[paper]))
    production = text_of(
        to_pdf(sample(environment="PROD", **({"remark": ""} if paper == "ceremony record" else {})))
    )
    assert "TEST" not in production
    assert "测试" not in production
    assert ISSUER in production or "示范国家中心" in production


@pytest.mark.parametrize("paper", PAPERS)
def test_each_page_has_its_number(printed, paper):
    pages = page_texts(printed[paper])
    for number, page in enumerate(pages, 1):
        assert f"Page{number}of{len(pages)}" in page
        assert f"第{number}页，共{len(pages)}页" in page


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_of_a_person_is_in_a_repr(paper):
    _, sample = PAPERS[paper]
    shown = repr(sample())
    assert "TEST" in shown
    assert not any(text in shown for text in PERSONAL)


@pytest.mark.parametrize("paper", PAPERS)
def test_markup_stays_text(paper):
    to_pdf, sample = PAPERS[paper]
    text = '<b>&amp;{{7*7}}"\\'
    pdf = to_pdf(sample(issuer_name=text))
    assert text in text_of(pdf)


BAD_TEXTS = ["x" * (LONGEST_TEXT + 1), "甲\x00乙", "甲\u202e乙", "甲\n乙", "\U000f0000", "𝔛"]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=ascii)
@pytest.mark.parametrize("paper", PAPERS)
def test_a_text_that_cannot_be_printed_is_refused_by_item(paper, text):
    to_pdf, sample = PAPERS[paper]
    with pytest.raises(PrintRefusedError) as caught:
        to_pdf(sample(issuer_name=text))
    assert str(caught.value).startswith("issuer_name cannot be printed: ")
    assert text not in str(caught.value)


# --- one after the other ---------------------------------------------------------------------------------


def test_the_form_says_what_was_applied_for(printed):
    (page,) = page_texts(printed["application form"])
    for text in set(PERSONAL) - {AGENT}:
        assert text in page
    for label in (
        "申领表",
        "姓名Name",
        "监护人（未满十六周岁须填）Guardian",
        "县级审核意见、签章",
        "银行审核意见、签章",
    ):
        assert label in page
    assert pictures_on(printed["application form"], 0) == 1
    assert page_sizes(printed["application form"]) == [pytest.approx((210, 297), abs=0.2)]


def test_an_empty_form_can_be_written_into():
    names = (field.name for field in fields(documents.ApplicationForm) if field.default is None)
    blank = form(**dict.fromkeys(names))
    assert blank.contact is blank.sex is blank.photo is None
    pdf = papers.application_form_pdf(blank)
    (page,) = page_texts(pdf)
    assert "None" not in page
    assert "监护人" in page
    assert pictures_on(pdf, 0) == 0


def test_a_form_with_the_longest_texts_is_whole():
    address = "长" * LONGEST_TEXT
    name = "阿依古丽努尔" * 20
    whole = text_of(papers.application_form_pdf(form(registered_address=address, holder_name=name)))
    assert address in whole
    assert name in whole


def test_a_photo_that_is_none_is_refused():
    for photo in (b"", b"no picture", draw_portrait(1)[:500]):
        with pytest.raises(PrintRefusedError, match="photo"):
            papers.application_form_pdf(form(photo=photo))


@pytest.mark.parametrize("paper", SLIPS)
def test_slips_mask_numbers(printed, paper):
    (page,) = page_texts(printed[paper])
    assert NAME in page
    assert "**************0014" in page
    assert NUMBER not in page
    assert NUMBER[:6] not in page
    assert page_sizes(printed[paper]) == [pytest.approx((210, 148), abs=0.2)]


@pytest.mark.parametrize(("paper", "sample"), [("pick-up slip", pick_up), ("loss slip", loss)])
def test_slips_stay_on_one_page(paper, sample):
    to_pdf, _ = PAPERS[paper]
    pdf = to_pdf(sample(holder_name="阿依古丽努尔热依汗古丽·阿卜杜热西提艾力阿吉", issuer_name="省" * 40))
    assert len(page_texts(pdf)) == 1


def test_the_loss_slip_tells_an_oral_report_from_a_formal_one(printed):
    oral = text_of(printed["loss slip"])
    assert "GS-20261126-0042" in oral
    assert "口头挂失Oralreport" in oral
    assert "健康应用Healthpart" in oral
    assert "2026-12-0612:00:00+00:00" in oral
    assert "Anoralreportendsbyitself" in oral
    formal = text_of(
        papers.loss_slip_pdf(loss(kind=documents.LossKind.FORMAL, ends_at=None, agent_name=None))
    )
    assert "正式挂失Formalreport" in formal
    assert "注销后不能恢复" in formal
    assert "Anoralreportendsbyitself" not in formal


def test_a_slip_number_is_one_word():
    with pytest.raises(PrintRefusedError, match="slip_number"):
        papers.loss_slip_pdf(loss(slip_number="GS 1"))


def test_a_batch_that_adds_up_says_so_and_one_that_does_not_too(printed):
    good = text_of(printed["batch report"])
    assert "账目相符addsup" in good
    assert "账目不平" not in good
    report = batch(made=490)
    assert report.difference == 4
    bad = text_of(papers.batch_report_pdf(report))
    assert "账目不平doesnotaddup" in bad
    assert "账目相符" not in bad


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=5))
def test_the_difference_is_what_is_not_accounted_for(counts):
    received, made, failed, waste, left = counts
    report = batch(received=received, made=made, failed=failed, waste=waste, open=left)
    assert report.difference + made + failed + waste + left == received
    hop = documents.BatchHop(
        hop=documents.Hop.BANK, file_name="", sent_at=datetime(2026, 1, 1), sent=received, done=made,
        failed=failed, waste=waste,
    )  # fmt: skip
    assert hop.open + made + failed + waste == received


def test_a_report_shows_its_hops_and_every_line_without_a_card():
    pdf = papers.batch_report_pdf(batch(problems=60))
    whole = text_of(pdf)
    assert len(page_texts(pdf)) > 2
    for hop in documents.Hop:
        assert f"B20260007-{hop.name}.rhc" in whole
    assert whole.count("SM3000102030405") == len(documents.Hop)
    for number in range(1, 61):
        assert f"芯片故障{number}" in whole
    # the head of a table is there again on its next page
    assert whole.count("原因Reason") == len([page for page in page_texts(pdf) if "芯片故障" in page])


def test_a_report_without_hops_and_trouble():
    assert "无None" in text_of(papers.batch_report_pdf(batch(hops=(), closed_at=None)))


def test_a_report_has_its_limit_of_rows():
    with pytest.raises(PrintRefusedError, match=f"problems cannot be printed: at most {MOST_ROWS} rows"):
        papers.batch_report_pdf(batch(problems=MOST_ROWS + 1))


def test_the_record_of_a_ceremony_shows_check_values_and_a_line_for_each_signature(printed):
    whole = text_of(printed["ceremony record"])
    assert "RK_DDF1" in whole
    assert "A1B2C3" in whole
    assert bytes(range(32, 64)).hex() in whole
    for name in (AGENT, GUARDIAN, CONTACT):
        assert name in whole
    assert "甲、乙" in whole
    assert "101" in whole


@pytest.mark.parametrize("length", [0, 2, 4, 8, 16, 32])
def test_a_key_is_never_printed_as_a_check_value(length):
    key = documents.CeremonyKey(name="RK_DDF1", version=1, holder="国家", check_value=b"\x5a" * length)
    with pytest.raises(
        PrintRefusedError, match=f"check_value cannot be printed: {length} bytes, 3 are expected"
    ) as caught:
        papers.ceremony_record_pdf(ceremony(keys=(key,)))
    assert "5a5a" not in str(caught.value).lower()


def test_digests_have_their_length():
    with pytest.raises(PrintRefusedError, match="audit_digest"):
        papers.ceremony_record_pdf(ceremony(audit_digest=bytes(31)))
    hop = documents.BatchHop(
        hop=documents.Hop.BANK, file_name="x", sent_at=ceremony().began_at, sent=1, digest=b""
    )
    with pytest.raises(PrintRefusedError, match="digest"):
        papers.batch_report_pdf(batch(hops=(hop,)))


# --- masking ---------------------------------------------------------------------------------------------


@given(st.text(max_size=40))
def test_a_mask_shows_four_at_most_and_never_more_than_half(number):
    shown = masked(number)
    assert len(shown) == len(number)
    end = min(4, len(number) // 2)
    assert shown == "*" * (len(number) - end) + number[len(number) - end :]


def test_masks_by_hand():
    assert [masked(number) for number in (NUMBER, "P1234", "AB", "A", "")] == [
        "**************0014", "***34", "*B", "*", "",
    ]  # fmt: skip


# --- files -----------------------------------------------------------------------------------------------


def test_a_file_is_for_its_owner_only_and_replaces_an_older_one(tmp_path):
    path = tmp_path / "slip.pdf"
    before = os.umask(0)
    try:
        private_file.write(path, b"one")
        path.chmod(0o644)
        private_file.write(path, b"two")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_what_it_names_is_not(tmp_path):
    other, path = tmp_path / "other", tmp_path / "slip.pdf"
    other.write_bytes(b"keep")
    path.symlink_to(other)
    private_file.write(path, b"new")
    assert other.read_bytes() == b"keep"
    assert path.read_bytes() == b"new"
    assert not path.is_symlink()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_what_was_there(tmp_path, monkeypatch, step):
    path = tmp_path / "slip.pdf"
    private_file.write(path, b"old")

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(FileNotWrittenError, match=r"slip\.pdf cannot be written: No space left on device"):
        private_file.write(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_is_not_there_or_a_directory_is_refused(tmp_path):
    with pytest.raises(FileNotWrittenError, match="No such file or directory"):
        private_file.write(tmp_path / "nothing" / "slip.pdf", b"x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(FileNotWrittenError):
        private_file.write(tmp_path / "full", b"x")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["full"]
