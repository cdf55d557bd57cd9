"""Samples of everything that is printed, and eyes for PDF: text, where it stands, fonts."""

import ctypes
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pypdfium2.raw as pdfium

from card_os.spec.model import Meaning
from issuer.printing import documents, papers
from issuer.printing.card_face import CardFace
from lab.portrait import draw_portrait

MM_PER_POINT = 25.4 / 72
TAIL = 0.5
"""What the tail of a letter reaches below its box, in mm."""
NUMBER = "110101190001010014"
NAME = "欧阳明哲"
AGENT, GUARDIAN, CONTACT = "诸葛成生", "司马文远", "上官晓月"
PHONE, ADDRESS = "19900000003", "示范省示范县葡萄巷12号"
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
IDENTITY_CARD = Meaning("居民身份证", "resident identity card")
CUSTODIAN = Meaning("密钥保管员", "key custodian")
PARENT = Meaning("父母", "parent")
ISSUER = "示范省卫生健康委员会"


def face(**changes):
    given = {
        "environment": "TEST",
        "card_number": NUMBER,
        "holder_name": NAME,
        "issuer_name": ISSUER,
        "issuer_code": "1100000000",
        "application_city_code": "110101",
        "issue_date": date(2026, 11, 26),
        "card_expiry_date": date(2036, 11, 25),
        "security_code": "381",
        "chip_serial_number": "00A1000123",
        "sex_code": "1",
        "ethnic_group_code": "01",
        "birth_date": date(1900, 1, 1),
        "health_record_number": "11010100100100001",
        "rural_insurance_number": "110101000000000123",
        "photo": draw_portrait(2),
    }
    return CardFace(**given | changes)


def form(**changes):
    person = {"relation": PARENT, "phone": PHONE}
    given = {
        "environment": "TEST",
        "application_number": "AP-2026-000123",
        "kind": documents.ApplicationKind.FIRST,
        "applied_on": date(2026, 11, 26),
        "issuer_name": ISSUER,
        "collection_point": "示范县第一人民医院受理点",
        "holder_name": NAME,
        "holder_name_pinyin": "OUYANG MINGZHE",
        "sex": Meaning("男", "male"),
        "ethnic_group": Meaning("汉族", "Han"),
        "birth_date": date(1900, 1, 1),
        "nationality": "中国",
        "id_document_type": IDENTITY_CARD,
        "id_document_number": NUMBER,
        "phone": PHONE,
        "medical_payment_method": Meaning("城镇居民基本医疗保险", "urban resident insurance"),
        "registered_address": ADDRESS,
        "contact": documents.Contact(name=CONTACT, **person),
        "guardian": documents.Guardian(
            name=GUARDIAN, id_document_type=IDENTITY_CARD, id_document_number=NUMBER, **person
        ),
        "photo": draw_portrait(2),
    }
    return documents.ApplicationForm(**given | changes)


def pick_up(**changes):
    given = {
        "environment": "TEST",
        "slip_number": "PU-2026-000123",
        "application_number": "AP-2026-000123",
        "issuer_name": ISSUER,
        "outlet_name": "示范银行示范县支行",
        "outlet_address": "示范县健康路1号",
        "opening_hours": "周一至周五 9:00-17:00",
        "ready_on": date(2026, 12, 10),
        "keep_until": date(2027, 3, 10),
        "holder_name": NAME,
        "id_document_type": IDENTITY_CARD,
        "id_document_number": NUMBER,
    }
    return documents.PickUpSlip(**given | changes)


def loss(**changes):
    given = {
        "environment": "TEST",
        "slip_number": "GS-20261126-0042",
        "kind": documents.LossKind.ORAL,
        "part": documents.CardPart.HEALTH,
        "issuer_name": ISSUER,
        "office_name": "示范县服务窗口",
        "operator": "OP017",
        "reported_at": NOON,
        "ends_at": NOON + timedelta(days=10),
        "card_number": NUMBER,
        "holder_name": NAME,
        "id_document_type": IDENTITY_CARD,
        "id_document_number": NUMBER,
        "agent_name": AGENT,
    }
    return documents.LossSlip(**given | changes)


def batch(problems=0, **changes):
    hops = tuple(
        documents.BatchHop(
            hop=hop, file_name=f"B20260007-{hop.name}.rhc", sent_at=NOON, sent=500, answered_at=NOON,
            done=498, failed=1, waste=1, digest=bytes(range(32)),
        )
        for hop in documents.Hop
    )  # fmt: skip
    lines = tuple(
        documents.BatchProblem(line=number, hop=documents.Hop.MAKER, reason=f"芯片故障 {number}")
        for number in range(1, problems + 1)
    )
    given = {
        "environment": "TEST",
        "batch_number": "B-2026-0007",
        "issuer_name": ISSUER,
        "mode": documents.BatchMode.BATCH,
        "created_at": NOON,
        "closed_at": NOON + timedelta(days=9),
        "reported_at": NOON + timedelta(days=9),
        "received": 500,
        "made": 494,
        "failed": 3,
        "waste": 2,
        "open": 1,
        "hops": hops,
        "problems": lines,
    }
    return documents.BatchReport(**given | changes)


def ceremony(**changes):
    given = {
        "environment": "TEST",
        "ceremony_number": "KC-2026-001",
        "kind": documents.CeremonyKind.ROOT,
        "issuer_name": "示范国家中心",
        "place": "示范机房 A 室",
        "began_at": NOON,
        "ended_at": NOON + timedelta(hours=2),
        "participants": tuple(
            documents.Participant(name=name, role=CUSTODIAN, organisation="示范中心")
            for name in (AGENT, GUARDIAN, CONTACT)
        ),
        "steps": (
            documents.CeremonyStep(
                at=NOON, action=Meaning("录入", "entered"), operators=("甲", "乙"), audit_row=101
            ),
        ),
        "keys": (
            documents.CeremonyKey(name="RK_DDF1", version=1, holder="国家", check_value=b"\xa1\xb2\xc3"),
        ),
        "audit_digest": bytes(range(32, 64)),
        "remark": "测试环境演练",
    }  # fmt: skip
    return documents.CeremonyRecord(**given | changes)


PAPERS = {
    "application form": (papers.application_form_pdf, form),
    "pick-up slip": (papers.pick_up_slip_pdf, pick_up),
    "loss slip": (papers.loss_slip_pdf, loss),
    "batch report": (papers.batch_report_pdf, batch),
    "ceremony record": (papers.ceremony_record_pdf, ceremony),
}
"""How each paper is printed, and a sample of it with changes."""


@dataclass(frozen=True)
class Glyph:
    """A visible character and its edges in mm from the upper left corner of the page."""

    character: str
    left: float
    top: float
    right: float
    bottom: float

    def inside(self, box, slack=0.2):
        """Tails of letters may reach below a box, which is measured for Chinese characters."""
        return (
            box.x - slack <= self.left
            and box.y - slack <= self.top
            and self.right <= box.x + box.width + slack
            and self.bottom <= box.y + box.height + slack + TAIL
        )


def page_texts(pdf):
    """What a reader can copy out of each page, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    return ["".join(page.get_textpage().get_text_range().replace("\x02", "-").split()) for page in document]


def page_sizes(pdf):
    """Widths and heights in mm."""
    return [tuple(side * MM_PER_POINT for side in page.get_size()) for page in pypdfium2.PdfDocument(pdf)]


def glyphs(pdf, page):
    """Every visible character of a page."""
    sheet = pypdfium2.PdfDocument(pdf)[page]
    height = sheet.get_height()
    texts = sheet.get_textpage()
    found = []
    for place in range(texts.count_chars()):
        # PDFium has a code of its own for a hyphen at the end of a line
        character = chr(pdfium.FPDFText_GetUnicode(texts, place)).replace("\x02", "-")
        if not character.isspace() and character.isprintable():
            left, bottom, right, top = texts.get_charbox(place)
            edges = (left, height - top, right, height - bottom)
            found.append(Glyph(character, *(edge * MM_PER_POINT for edge in edges)))
    return found


def text_in(found, box):
    """What stands in a box, in the order of the PDF."""
    return "".join(glyph.character for glyph in found if glyph.inside(box))


def fonts_of(pdf):
    """Base name of each font that text is set in, and whether it is embedded."""
    found = {}
    for page in pypdfium2.PdfDocument(pdf):
        for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            font = pdfium.FPDFTextObj_GetFont(thing)
            length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
            name = ctypes.create_string_buffer(length)
            pdfium.FPDFFont_GetBaseFontName(font, name, length)
            found[name.value.decode()] = pdfium.FPDFFont_GetIsEmbedded(font) == 1
    return found


def pictures_on(pdf, page):
    """How many raster pictures a page shows."""
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE]
    return sum(1 for _ in pypdfium2.PdfDocument(pdf)[page].get_objects(filter=kinds))
