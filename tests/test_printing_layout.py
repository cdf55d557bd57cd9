"""Layout files: what cannot be right is refused with its place; texts are made to fit, and never cut."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from issuer.printing import fonts
from issuer.printing.errors import LayoutError
from issuer.printing.fitting import LEADING, MM_PER_POINT, Room, fit
from issuer.printing.layout import CHIP, HEIGHT, WIDTH, Box
from issuer.printing.layouts import DEFAULT, Layouts

SHIPPED = Path(str(files("issuer.printing"))) / "layouts"
NAMES = sorted(file.stem for file in SHIPPED.glob("*.toml"))


@pytest.fixture
def own(tmp_path):
    """A directory of an issuer with a copy of the default as its own layout."""
    for name in ("landscape_front.svg", "landscape_back.svg"):
        shutil.copy(SHIPPED / name, tmp_path)
    shutil.copy(SHIPPED / f"{DEFAULT}.toml", tmp_path / "ours.toml")
    return tmp_path


def change(directory, old, new, file="ours.toml"):
    text = (directory / file).read_text("utf-8")
    assert old in text
    (directory / file).write_text(text.replace(old, new, 1), "utf-8")


# --- choice ----------------------------------------------------------------------------------------------


def test_there_are_layouts():
    assert DEFAULT in NAMES
    assert len(NAMES) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shipped_reads(name):
    layout = Layouts().named(name)
    items = [box.item for side in layout.sides.values() for box in side.texts if box.item]
    assert {"holder_name", "holder_name_pinyin", "card_number", "issuer_name", "card_expiry_date"} <= set(
        items
    )
    assert "security_code" in [box.item for box in layout.back.texts]
    assert layout.front.photo is not None
    assert layout.front.photo.width / layout.front.photo.height == pytest.approx(3 / 4, abs=0.002)


@pytest.mark.parametrize(("city", "name"), [("110101", "jade"), ("653101", "long_names"), ("", "jade")])
def test_the_county_chooses_and_there_is_a_default(city, name):
    assert Layouts().choose("1100000000", city).name == name


def test_an_issuer_goes_before_a_county_and_the_longest_beginning_wins(own):
    shutil.copy(own / "ours.toml", own / "theirs.toml")
    rows = [
        "by,begins_with,layout",
        "issuer_code,11,theirs",
        "issuer_code,1100,ours",
        "application_city_code,65,ours",
    ]
    (own / "choice.csv").write_text("\n".join(rows), "utf-8")
    layouts = Layouts(own)
    assert layouts.choose("1100000000", "653101").name == "ours"
    assert layouts.choose("1199000000", "653101").name == "theirs"
    assert layouts.choose("2200000000", "653101").name == "ours"
    # rows that come with the software hold where the issuer has none
    assert layouts.choose("2200000000", "540102").name == "long_names"
    assert layouts.choose("2200000000", "330102").name == DEFAULT


def test_a_file_of_the_issuer_goes_before_the_one_that_is_shipped(own):
    (own / f"{DEFAULT}.toml").write_text((own / "ours.toml").read_text("utf-8"), "utf-8")
    change(own, "x = 14.6", "x = 15.6", f"{DEFAULT}.toml")
    assert Layouts(own).named(DEFAULT).front.texts[0].box.x == 15.6


HEAD = "by,begins_with,layout\n"
CHOICES = ["by,begins_with\nissuer_code,1", f"{HEAD}county,1,jade", f"{HEAD}issuer_code,,x", "\xff"]


@pytest.mark.parametrize("text", CHOICES)
def test_a_choice_that_cannot_be_right_is_refused(own, text):
    (own / "choice.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(LayoutError, match=r"choice\.csv"):
        Layouts(own).choose("1", "1")


# --- refusals --------------------------------------------------------------------------------------------

MOVE_NAME = 'item = "holder_name"\nx = 25.0\ny = 16.8'
REFUSED = {
    "another format": ('format = "rhc-card-layout/1"', 'format = "rhc-card-layout/2"', "format"),
    "an unknown key at the top": ("[colours]", "size = 3\n[colours]", "size"),
    "an unknown key in a text": ("size = 15\n", "size = 15\nbold = true\n", "front.text 1.bold"),
    "an unknown item": ('item = "holder_name"', 'item = "holder"', "front.text 4.item"),
    "an unknown face": ('face = "serif-bold"', 'face = "comic"', "front.text 1.face"),
    "an unknown colour": ('colour = "white"', 'colour = "pink"', "front.text 1.colour"),
    "a colour that is none": ('gold = "#d2a94c"', 'gold = "gold;background:url(x)"', "colours.gold"),
    "an unknown item needed": ('needs = "birth_date"', 'needs = "birth"', "needs"),
    "a box beyond the edge": (MOVE_NAME, MOVE_NAME.replace("25.0", "60.0"), "front.text 4.x"),
    "a box above the edge": (MOVE_NAME, MOVE_NAME.replace("16.8", "-1.0"), "front.text 4.x"),
    "a text where the chip sits": (MOVE_NAME, MOVE_NAME.replace("25.0", "20.0"), "front.text 4.x"),
    "a photo where the chip sits": ("photo = { x = 61.2", "photo = { x = 10.0", "front.photo.x"),
    "a text over the mark": (MOVE_NAME, MOVE_NAME.replace("25.0\ny = 16.8", "50.9\ny = 4.0"), "text 4.x"),
    "a text over another one": (MOVE_NAME, MOVE_NAME.replace("y = 16.8", "y = 18.8"), "front.text 5.x"),
    "a text over the photo": (MOVE_NAME, MOVE_NAME.replace("25.0", "40.0"), "front.text 4.x"),
    "a mark too small to see": ("width = 19.4, height = 6.4", "width = 1.4, height = 6.4", "front.test_mark"),
    "no mark": ("test_mark = { x = 62.0, y = 2.9, width = 19.4, height = 6.4 }\n", "", "front.test_mark"),
    "a text for a number": ("x = 14.6", 'x = "14.6"', "front.text 1.x"),
    "a truth for a number": ("x = 14.6", "x = true", "front.text 1.x"),
    "no number at all": ("x = 14.6", "x = nan", "front.text 1.x"),
    "a size beyond reason": ("size = 15\n", "size = 150\n", "front.text 1.size"),
    "a smallest above the size": ("smallest = 5\n", "smallest = 16\n", "front.text 4.size"),
    "letters over each other": ("tracking = 0.1", "tracking = -2.0", "front.text 1.size"),
    "no name": ('item = "holder_name"\n', 'item = "card_number"\n', "holder_name"),
    "art that is not there": ('art = "landscape_front.svg"', 'art = "nothing.svg"', "front.art"),
    "art from elsewhere": ('art = "landscape_front.svg"', 'art = "../ours.toml"', "front.art"),
    "no TOML": ("[front]", "[front", "file"),
    "a base that is not there": ("[colours]", 'based_on = "nothing"\n[colours]', "file"),
    "a base on a base": ("[colours]", 'based_on = "long_names"\n[colours]', "based_on"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.replace(" ", "-"))
def test_a_layout_that_cannot_be_right_is_refused_with_its_place(own, case):
    old, new, place = REFUSED[case]
    change(own, old, new)
    with pytest.raises(LayoutError) as caught:
        Layouts(own).named("ours")
    assert place in caught.value.fields["place"]
    assert "\n" not in str(caught.value)


def test_a_text_that_is_no_table_is_refused(own):
    mark = "{ x = 60, y = 40, width = 20, height = 6 }"
    (own / "ours.toml").write_text(
        'format = "rhc-card-layout/1"\nbased_on = "jade"\n[front]\nart = "landscape_front.svg"\n'
        f"test_mark = {mark}\ntext = [3]\n",
        "utf-8",
    )
    with pytest.raises(LayoutError, match=r"front\.text: a value of type dict"):
        Layouts(own).named("ours")


def test_the_security_code_is_not_for_the_front(own):
    change(own, 'item = "sex_code"', 'item = "security_code"')
    with pytest.raises(LayoutError, match="belongs onto the back"):
        Layouts(own).named("ours")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{{ colours.paper }}", "{{ colours.nothing }}"),
        ("{{ colours.paper }}", "{{ colours.__class__.__mro__ }}"),
        ("depth=0.5", "depth='x'"),
        ("{{ colours.paper }}", "{{"),
        ("</svg>", ""),
        ('xmlns="http://www.w3.org/2000/svg"', ""),
    ],
)
def test_art_that_cannot_be_drawn_is_refused(own, old, new):
    change(own, old, new, "landscape_front.svg")
    with pytest.raises(LayoutError) as caught:
        Layouts(own).named("ours")
    assert caught.value.fields["place"] == "front.art"


def test_a_layout_takes_from_its_base_what_it_does_not_say():
    jade, blue = Layouts().named("jade"), Layouts().named("long_names")
    assert [box.box for box in blue.back.texts] == [box.box for box in jade.back.texts]
    assert blue.back.texts[0].colour != jade.back.texts[0].colour
    assert blue.front.texts != jade.front.texts
    assert blue.back.art != jade.back.art


# --- boxes -----------------------------------------------------------------------------------------------

lengths = st.floats(0, 90, allow_nan=False)
boxes = st.builds(Box, lengths, lengths, lengths, lengths)


@given(boxes, boxes)
@example(CHIP, Box(CHIP.x + CHIP.width, CHIP.y, 1, 1))
@example(CHIP, Box(CHIP.x + 1, CHIP.y + 1, 1, 1))
def test_boxes_meet_where_they_share_a_point_inside(one, other):
    left, right = max(one.x, other.x), min(one.x + one.width, other.x + other.width)
    top, bottom = max(one.y, other.y), min(one.y + one.height, other.y + other.height)
    assert one.meets(other) == other.meets(one)
    if right - left > 0.01 and bottom - top > 0.01:
        assert one.meets(other)
    if left >= right or top >= bottom:
        assert not one.meets(other)


def test_the_chip_has_its_contacts_inside():
    # ISO/IEC 7816-2: contacts from 10.25 to 19.87 mm across and from 19.23 to 28.55 mm down
    assert CHIP.x < 10.25
    assert CHIP.x + CHIP.width > 19.87
    assert CHIP.y < 19.23
    assert CHIP.y + CHIP.height > 28.55
    assert (WIDTH, HEIGHT) == (85.60, 53.98)


# --- fitting ---------------------------------------------------------------------------------------------

SANS = fonts.metrics("sans")
rooms = st.builds(
    Room,
    st.floats(3, 80),
    st.floats(1, 20),
    st.floats(7, 20),
    st.floats(3, 7),
    st.sampled_from([0.0, 0.2]),
)
names = st.text("阿依古丽努尔卡提·张AYIGULI NUR-é19", min_size=1, max_size=60).map(str.strip).filter(bool)


@settings(max_examples=300, deadline=None)
@given(names, rooms)
def test_a_text_fits_whole_or_not_at_all(text, room):
    fitted = fit(text, SANS, room)
    if fitted is None:
        size = room.smallest * MM_PER_POINT
        full = sum(SANS.width(character) + room.tracking for character in text) * size
        lines = 1 + int((room.height / size - 1) / LEADING) if room.height >= size else 0
        widest = max(SANS.width(character) + room.tracking for character in text) * size
        # a line may stay open by one character
        assert widest > room.width or full > lines * (room.width - widest)
        return
    assert room.smallest <= fitted.size <= room.largest
    assert "".join("".join(fitted.lines).split()) == "".join(text.split())
    size = fitted.size * MM_PER_POINT
    for line in fitted.lines:
        assert (SANS.width(line) + room.tracking * len(line)) * size <= room.width + 1e-6
    assert size * (1 + (len(fitted.lines) - 1) * LEADING) <= room.height + 1e-6


def test_the_largest_size_is_taken():
    assert fit("张伟", SANS, Room(34, 6, 15, 5)).size == 15
    assert fit("张伟", SANS, Room(34, 4, 15, 5)).size < 15


def test_words_stay_whole_where_there_is_room():
    fitted = fit("MAXIMILIANE ALEXANDRA LINDMORROW", SANS, Room(30, 8, 12, 4))
    assert [word for line in fitted.lines for word in line.split()] == [
        "MAXIMILIANE",
        "ALEXANDRA",
        "LINDMORROW",
    ]
    assert len(fitted.lines) > 1
    # a word that is too long at every size is broken rather than cut
    broken = fit("A" * 30, SANS, Room(20, 8, 12, 5))
    assert "".join(broken.lines) == "A" * 30


def test_a_name_is_parted_at_its_dot_where_that_costs_little():
    room = Room(34.9, 8.5, 12.5, 4)
    fitted = fit("阿依古丽努尔·阿卜杜热西提艾力", SANS, room)
    assert fitted.lines == ("阿依古丽努尔·", "阿卜杜热西提艾力")
    # parts that are too unequal would make it small
    unequal = fit("阿·" + "卜杜热西提艾力古丽努尔" * 2, SANS, room)
    assert len(unequal.lines[0]) > 10
    assert fit("买买·提", SANS, room).lines == ("买买·提",)


def test_a_dot_stays_with_the_part_before_it_and_lines_are_even():
    fitted = fit("阿依古丽努尔热依汗·阿卜杜热西提艾力", SANS, Room(35, 8.6, 12.5, 4))
    assert len(fitted.lines) == 2
    assert not fitted.lines[1].startswith("·")
    assert abs(len(fitted.lines[0]) - len(fitted.lines[1])) <= 2
