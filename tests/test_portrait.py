"""The drawn portraits: what a reader of the photo file may rely on."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lab.portrait import HEIGHT, MAX_LENGTH, WIDTH, draw_portrait

END_OF_IMAGE = b"\xff\xd9"


def opened(jpeg):
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.load()
        return picture.copy(), picture.format


@settings(max_examples=25, deadline=None)
@given(st.integers())
def test_every_seed_gives_a_jpeg_that_all_readers_take(seed):
    jpeg = draw_portrait(seed)
    # spec: terminal_interface 5.1: 3072 bytes with the length; low length byte read with a sign
    assert len(jpeg) <= 3070
    assert len(jpeg) % 256 < 128
    # spec: terminal_interface 5.2: no last block of length zero
    assert (len(jpeg) + 2) % 128 != 0
    picture, kind = opened(jpeg)
    assert kind == "JPEG"
    assert picture.size == (WIDTH, HEIGHT) == (120, 160)
    assert picture.mode == "RGB"


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_only_zero_bytes_follow_the_end_of_the_image(seed):
    jpeg = draw_portrait(seed)
    end = jpeg.rindex(END_OF_IMAGE) + len(END_OF_IMAGE)
    assert jpeg[end:] == bytes(len(jpeg) - end)


def test_the_limit_leaves_room_for_the_length_bytes():
    assert MAX_LENGTH == 3070


def test_a_seed_and_a_name_always_give_the_same_picture():
    assert draw_portrait(7) == draw_portrait(7)
    assert draw_portrait(7, "张伟") == draw_portrait(7, "张伟")


def test_the_name_makes_a_difference():
    pictures = {draw_portrait(7, name) for name in (None, "张伟", "刘堃镕", "宋堃昇")}
    assert len(pictures) == 4


def test_different_seeds_look_different():
    pictures = [opened(draw_portrait(seed))[0].tobytes() for seed in range(30)]
    assert len(set(pictures)) == 30
