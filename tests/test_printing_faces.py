"""Faces of cards: every text whole in its place, the fonts inside, the same input the same bytes."""

import io
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from printing_bench import (
    MM_PER_POINT,
    NAME,
    NUMBER,
    face,
    fonts_of,
    glyphs,
    page_sizes,
    page_texts,
    pictures_on,
    text_in,
)

from issuer.printing import card_face, faces, fonts, needed_libraries, raster
from issuer.printing.errors import PrintingUnavailableError, PrintRefusedError
from issuer.printing.faces import Finish, face_pdf, face_pngs, faces_pdf
from issuer.printing.layout import CHIP, HEIGHT, WIDTH, Box
from issuer.printing.layouts import Layouts
from lab.portrait import draw_portrait

LAYOUTS = Layouts()
CARD = Box(0, 0, WIDTH, HEIGHT)
NAMES = {
    "two characters": {"holder_name": "张伟"},
    "compound surname": {"holder_name": NAME},
    "thirty bytes of GBK": {"holder_name": "阿依古丽努尔阿卜杜热西提艾力", "ethnic_group_code": "05"},
    "more than twenty characters": {
        "holder_name": "阿依古丽努尔热依汗古丽·阿卜杜热西提艾力阿吉", "ethnic_group_code": "05",
    },
    "a foreigner": {"holder_name": "Annika Lindmorrow", "ethnic_group_code": None},
    "a long foreign name": {"holder_name": "Maximiliane Alexandra von Hohenstaufen-Lindmorrow-Fitzwilliam"},
    "accents": {"holder_name": "José Núñez-Ibáñez Ångström"},
    "one long word": {"holder_name": "Wolfeschlegelsteinhausenbergerdorffwelche"},
}  # fmt: skip


@pytest.fixture(scope="module")
def sample():
    return face_pdf(face(), LAYOUTS)


def squeezed(text):
    return "".join(text.split())


def part(png, box, dpi):
    """A box of a side as pixels, without its edge."""
    edges = (box.x + 0.7, box.y + 0.7, box.x + box.width - 0.7, box.y + box.height - 0.7)
    return Image.open(io.BytesIO(png)).convert("RGB").crop(tuple(round(edge / 25.4 * dpi) for edge in edges))


def expected_texts(one, layout, side):
    """Box and text of everything that a layout puts onto a side."""
    texts = card_face.texts(one)
    for box in layout.sides[side].texts:
        text = texts[box.item] if box.item else box.text
        if text and (box.needs is None or texts[box.needs]):
            yield box.box, squeezed(text)


# --- what stands where -----------------------------------------------------------------------------------


@pytest.mark.parametrize("city", ["110101", "653101"])
def test_every_text_stands_whole_in_its_box(city):
    issuer = "示范自治区示范地区卫生健康委员会管理中心"
    cards = [face(application_city_code=city, issuer_name=issuer, **name) for name in NAMES.values()]
    layout = LAYOUTS.choose(cards[0].issuer_code, city)
    pdf = faces_pdf(cards, LAYOUTS)
    for number, one in enumerate(cards):
        for place, side in enumerate(layout.sides):
            found = glyphs(pdf, 2 * number + place)
            expected = list(expected_texts(one, layout, side))
            assert [text_in(found, box) for box, _ in expected] == [text for _, text in expected]
            # and nothing stands anywhere else
            assert len(text_in(found, layout.sides[side].test_mark)) == len("测试卡TEST")
            assert sum(len(text) for _, text in expected) + len("测试卡TEST") == len(found)


def test_nothing_is_printed_onto_the_chip(sample):
    assert not any(glyph.inside(CHIP, slack=1) for glyph in glyphs(sample, 0))
    assert all(glyph.inside(CARD, slack=0) for page in range(2) for glyph in glyphs(sample, page))


def test_front_and_back_are_pages_of_the_size_of_a_card(sample):
    assert page_sizes(sample) == [pytest.approx((85.60, 53.98), abs=0.01)] * 2


def test_front_and_back_show_what_belongs_there(sample):
    front, back = page_texts(sample)
    for text in (
        NAME,
        "OUYANGMINGZHE",
        NUMBER,
        "男Male",
        "汉族Han",
        "1900-01-01",
        "2036-11-25",
        "示范省卫生健康委员会",
    ):
        assert text in front
    for text in ("381", "00A1000123", "2026-11-26", "11010100100100001", "110101000000000123", "110101"):
        assert text in back
    # the security code would be of no use beside the number that it goes with
    assert NUMBER not in back
    assert "381" not in front


def test_what_is_left_out_takes_its_label_with_it():
    texts = "".join(
        page_texts(
            face_pdf(face(ethnic_group_code=None, birth_date=None, rural_insurance_number=None), LAYOUTS)
        )
    )
    for label in ("民族", "出生", "新农合"):
        assert label not in texts
    assert "健康档案编号" in texts


def test_a_name_in_latin_letters_is_not_said_twice():
    front, _ = page_texts(face_pdf(face(holder_name="Annika Lindmorrow"), LAYOUTS))
    assert front.upper().count("ANNIKALINDMORROW") == 1


def test_a_holder_may_say_how_the_name_is_read():
    front, _ = page_texts(face_pdf(face(holder_name="盖文", holder_name_pinyin="GAI WEN"), LAYOUTS))
    assert "GAIWEN" in front


# --- the mark, the photo, the finish ---------------------------------------------------------------------


def test_the_mark_is_on_both_sides_outside_of_production():
    # a name that nobody knows is no licence to leave it out
    cards = [face(environment=name) for name in ("TEST", "", "prod", "PRODUCTION", "STAGING")]
    assert all("测试卡TEST" in text for text in page_texts(faces_pdf(cards, LAYOUTS)))


def test_the_mark_is_seen(sample):
    for png, side in zip(raster.png_pages(sample, 150), LAYOUTS.named("jade").sides.values(), strict=True):
        corner = part(png, side.test_mark, 150)
        colours = corner.getcolors(corner.width * corner.height)
        red = sum(count for count, (r, g, b) in colours if r > 150 and g < 90 and b < 90)
        assert red / (corner.width * corner.height) > 0.1


def test_a_card_of_production_has_no_mark():
    texts = page_texts(face_pdf(face(environment="PROD"), LAYOUTS))
    assert len(texts) == 2
    assert not any("TEST" in text or "测试" in text for text in texts)


def test_the_photo_is_shown_and_a_silhouette_where_there_is_none(sample):
    without = face_pdf(face(photo=None), LAYOUTS)
    assert [pictures_on(sample, page) for page in range(2)] == [1, 0]
    assert [pictures_on(without, page) for page in range(2)] == [0, 0]
    place = LAYOUTS.named("jade").front.photo
    shown, silhouette = (part(raster.png_pages(pdf, 150)[0], place, 150) for pdf in (sample, without))
    with Image.open(io.BytesIO(draw_portrait(2))) as portrait:
        given = portrait.resize(shown.size)
    for point in ((0.5, 0.5), (0.3, 0.9), (0.1, 0.1)):
        here = (int(shown.width * point[0]), int(shown.height * point[1]))
        assert all(abs(a - b) < 40 for a, b in zip(shown.getpixel(here), given.getpixel(here), strict=True))
    grey = {colour for _, colour in silhouette.getcolors(silhouette.width * silhouette.height)}
    assert {(233, 240, 238), (185, 203, 199)} <= grey


def test_on_a_screen_the_card_has_its_chip_and_its_corners(sample):
    printed = Image.open(io.BytesIO(raster.png_pages(sample, 150)[0])).convert("RGB")
    shown = Image.open(io.BytesIO(face_pngs(face(), LAYOUTS, dpi=150, finish=Finish.SCREEN)[0])).convert(
        "RGB"
    )
    chip = (round((CHIP.x + 2) / 25.4 * 150), round((CHIP.y + 2) / 25.4 * 150))
    red, _, blue = shown.getpixel(chip)
    assert red - blue > 60, "gold"
    assert min(printed.getpixel(chip)) > 200, "paper"
    assert shown.getpixel((0, 0)) == (255, 255, 255)
    assert printed.getpixel((0, 0)) != (255, 255, 255)


def test_pictures_have_the_pixels_of_their_resolution(sample):
    for dpi in (36, 300):
        for png in raster.png_pages(sample, dpi):
            with Image.open(io.BytesIO(png)) as picture:
                assert picture.format == "PNG"
                expected = (WIDTH / 25.4 * dpi, HEIGHT / 25.4 * dpi)
                assert picture.size == tuple(pytest.approx(side, abs=1.1) for side in expected)
    assert raster.png_pages(sample) == raster.png_pages(sample, 300)
    for dpi in (0, 35, 1201, 10**9):
        with pytest.raises(PrintRefusedError, match="36 to 1200 dpi"):
            raster.png_pages(sample, dpi)


# --- the file --------------------------------------------------------------------------------------------


def test_all_fonts_are_embedded(sample):
    found = fonts_of(sample)
    assert len(found) == 3, "sans, sans bold, serif bold"
    assert all("Noto" in name and "CJK-SC" in name and embedded for name, embedded in found.items()), found


def test_the_file_says_nothing_of_the_person_but_on_its_pages(sample):
    metadata = pypdfium2.PdfDocument(sample).get_metadata_dict()
    assert metadata["CreationDate"] == metadata["ModDate"] == ""
    assert not any(text in value for value in metadata.values() for text in (NAME, NUMBER))


def test_the_same_card_gives_the_same_bytes(sample):
    assert face_pdf(face(), Layouts()) == sample
    assert face_pdf(face(security_code="382"), LAYOUTS) != sample
    assert face_pngs(face(), LAYOUTS, dpi=72) == tuple(raster.png_pages(sample, 72))


def test_another_process_makes_the_same_bytes(sample):
    code = (
        "import sys; from printing_bench import face; from issuer.printing import faces, layouts;"
        "sys.stdout.buffer.write(faces.face_pdf(face(), layouts.Layouts()))"
    )
    root = Path(__file__).parents[1]
    changed = {"PYTHONHASHSEED": "7", "PYTHONPATH": f"{root}:{root / 'tests'}", "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=os.environ | changed, capture_output=True, timeout=60, check=True)
    assert done.stdout == sample


def test_threads_do_not_mix_their_cards(sample):
    with ThreadPoolExecutor(3) as pool:
        codes = ("381", "007", "381")
        made = list(pool.map(lambda code: face_pdf(face(security_code=code), LAYOUTS), codes))
    assert made[0] == made[2] == sample
    assert made[1] != sample


def test_a_variable_of_the_process_is_given_back(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12345")
    face_pdf(face(), LAYOUTS)
    assert os.environ["SOURCE_DATE_EPOCH"] == "12345"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    face_pdf(face(), LAYOUTS)
    assert "SOURCE_DATE_EPOCH" not in os.environ


@pytest.mark.soak
@pytest.mark.timeout(240)
def test_without_the_library_for_subsets_the_bytes_are_the_same_each_time(monkeypatch):
    needed_libraries.weasyprint()
    monkeypatch.setattr("weasyprint.pdf.fonts.harfbuzz_subset", None)
    assert face_pdf(face(), LAYOUTS) == face_pdf(face(), LAYOUTS)


# --- batches ---------------------------------------------------------------------------------------------


def test_a_batch_is_one_file_with_its_cards_in_order():
    cities = ("110101", "653101", "653101")
    cards = [
        face(security_code=f"{number:03}", application_city_code=cities[number % 3]) for number in range(23)
    ]
    told = []
    pdf = faces_pdf(cards, LAYOUTS, told=lambda done, of: told.append((done, of)))
    assert told == [(20, 23), (23, 23)]
    texts = page_texts(pdf)
    assert len(texts) == 46
    for number in range(23):
        assert NUMBER in texts[2 * number]
        assert f"{number:03}" in texts[2 * number + 1]
    # each card lies over the art of its own layout
    pages = pypdfium2.PdfDocument(pdf)
    for number in range(6):
        picture = pages[2 * number].render(scale=1).to_pil().convert("RGB")
        _, green, blue = picture.getpixel((round(50 / MM_PER_POINT), round(52 / MM_PER_POINT)))
        assert (blue > green + 20) == bool(number % 3)


def test_the_art_is_in_the_file_once(sample):
    many = len(faces_pdf([face()] * 6, LAYOUTS))
    assert (many - len(sample)) / 5 < 8_000, "bytes for each further card"


def test_a_card_that_cannot_be_printed_is_named_by_its_number_before_anything_is_set():
    told = []
    cards = [face(), face(), face(holder_name="𝔛" * 3)]
    with pytest.raises(PrintRefusedError, match=r"^card 3, holder_name cannot be printed") as caught:
        faces_pdf(cards, LAYOUTS, told=lambda *numbers: told.append(numbers))
    assert not told
    assert "𝔛" not in str(caught.value)


@pytest.mark.parametrize("count", [0, faces.MOST_FACES + 1])
def test_a_batch_has_its_limits(count):
    with pytest.raises(PrintRefusedError, match="1 to 1000 cards"):
        faces_pdf([face()] * count, LAYOUTS)


@pytest.mark.soak
@pytest.mark.timeout(240)
def test_five_hundred_cards_take_less_than_two_minutes():
    cards = [face(card_number=f"{number:018}", photo=draw_portrait(number % 40)) for number in range(500)]
    start = time.monotonic()
    pdf = faces_pdf(cards, LAYOUTS)
    assert time.monotonic() - start < 120
    assert len(pypdfium2.PdfDocument(pdf)) == 1000


# --- refusals --------------------------------------------------------------------------------------------

REFUSED = {
    "holder_name": ["", "  ", "张" * 200, "张\x00伟", "张\u202e伟", "\U000f0000", "ཨོཾ"],
    "holder_name_pinyin": ["A" * 400, "ZHANG\tWEI"],
    "card_number": ["", "1" * 60],
    "issuer_name": ["", "省" * 100],
    "security_code": ["", "12", "1234", "12a", "１２３"],
    "chip_serial_number": ["", "0" * 60],
    "sex_code": ["7", "", "男"],
    "ethnic_group_code": ["00", "xx"],
    "health_record_number": ["1" * 100],
    "photo": [b"", b"none", draw_portrait(2)[:900], b"\xff\xd8\xff".ljust(99), b"\xff" * 2**20],
}  # fmt: skip


CASES = [(item, value) for item, values in REFUSED.items() for value in values]


@pytest.mark.parametrize(("item", "value"), CASES)
def test_what_a_card_cannot_hold_is_refused_by_item(item, value):
    with pytest.raises(PrintRefusedError) as caught:
        face_pdf(face(**{item: value}), LAYOUTS)
    text = str(caught.value)
    assert text.startswith(f"{item} cannot be printed: ")
    assert "\n" not in text
    assert NAME not in text
    assert NUMBER not in text


def test_other_pictures_than_jpeg_are_refused_as_a_photo():
    for kind in ("PNG", "GIF", "TIFF"):
        stream = io.BytesIO()
        Image.new("RGB", (30, 40)).save(stream, kind)
        with pytest.raises(PrintRefusedError, match="photo"):
            face_pdf(face(photo=stream.getvalue()), LAYOUTS)


def test_markup_in_a_name_stays_text():
    name = "<img src=x>&amp;{{7*7}}"
    front, _ = page_texts(face_pdf(face(holder_name=name), LAYOUTS))
    assert squeezed(name) in front


ELSEWHERE = ["file:///etc/hostname", "http://127.0.0.1:9/x.png", "data:image/png;base64,AA", "rhc:nothing"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_art_shows_nothing_from_elsewhere(tmp_path, address):
    shipped = Path(raster.__file__).parent / "layouts"
    for file in shipped.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    art = tmp_path / "landscape_front.svg"
    art.write_text(
        art.read_text("utf-8").replace("</svg>", f'<image href="{address}" width="9" height="9"/></svg>'),
        "utf-8",
    )
    with pytest.raises(PrintRefusedError, match="picture cannot be printed"):
        face_pdf(face(), Layouts(tmp_path))


def test_nothing_of_the_person_is_in_reprs_and_logs(caplog):
    with caplog.at_level(logging.DEBUG):
        face_pdf(face(), LAYOUTS)
    for text in (repr(face()), caplog.text):
        assert not any(secret in text for secret in (NAME, NUMBER, "381", "OUYANG", "1900"))
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# --- what is not installed -------------------------------------------------------------------------------


class _Broken:
    """An import that ends as that of WeasyPrint does without Pango."""

    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


@pytest.mark.parametrize("module", ["weasyprint", "jinja2.sandbox", "fontTools"])
def test_a_missing_library_is_one_line_that_says_what_to_install(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    fonts.metrics.cache_clear()
    with pytest.raises(PrintingUnavailableError) as caught:
        face_pdf(face(), Layouts())
    assert "pip install 'residents-health-card[print]'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_pdfium_is_told(monkeypatch, sample):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(PrintingUnavailableError, match="pypdfium2"):
        raster.png_pages(sample)


def test_a_missing_pango_is_told(monkeypatch):
    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.setattr(sys, "meta_path", [_Broken(), *sys.meta_path])
    with pytest.raises(PrintingUnavailableError, match=r"libpango-1\.0-0"):
        face_pdf(face(), LAYOUTS)


def test_a_missing_font_is_told(monkeypatch):
    monkeypatch.setitem(fonts.FACES, "sans", fonts.Face("Font That Nobody Has", 400))
    fonts.metrics.cache_clear()
    with pytest.raises(PrintingUnavailableError, match="fonts-noto-cjk"):
        face_pdf(face(), LAYOUTS)
    fonts.metrics.cache_clear()
    monkeypatch.setattr(fonts, "which", lambda _: None)
    with pytest.raises(PrintingUnavailableError, match="fc-match"):
        face_pdf(face(), LAYOUTS)
    fonts.metrics.cache_clear()
