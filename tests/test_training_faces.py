"""The printed faces of the cards in the tray, and the page without them."""

import io
import sys

import pytest
from PIL import Image
from training_bench import Trainee, quick_class

from lab.training import classroom as classroom_module
from lab.training.faces import Faces
from lab.training.tray import entries


@pytest.fixture
def faces(monkeypatch) -> Faces:
    """Faces of this test alone, in the place of those of the process."""
    own = Faces()
    for module in (classroom_module, sys.modules["lab.training.web.desk"]):
        monkeypatch.setattr(module, "faces", lambda: own)
    return own


def test_the_printed_faces_come_when_they_are_drawn(tmp_path, faces):
    pytest.importorskip("weasyprint")
    trainee = Trainee(quick_class(tmp_path, printed_faces=True))
    assert 'class="face plain"' in trainee.client.get("/desk").text
    version = trainee.seat.version
    faces.wait(100)
    assert trainee.seat.version > version  # open pages draw their desk anew
    assert faces.ready() == {row.id for row in entries().values() if row.is_issued}
    shown = trainee.client.get("/desk").text
    assert 'src="/faces/resident-01.png"' in shown
    assert 'class="face white"' in shown  # nothing is printed on a blank card
    answer = trainee.client.get("/faces/resident-01.png")
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size[0] > 300
    assert trainee.client.get("/faces/blank.png").status_code == 404
    assert not faces.begin()


def test_without_a_printer_the_page_draws_plain_faces(tmp_path, faces, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-program"))
    trainee = Trainee(quick_class(tmp_path, printed_faces=True))
    faces.wait(10)
    assert faces.ready() == frozenset()
    assert 'class="face plain"' in trainee.client.get("/desk").text


def test_a_drawing_ends_with_the_class(tmp_path, faces):
    classroom = quick_class(tmp_path, printed_faces=True)
    classroom.draw_faces()
    classroom.close()
    faces.wait(20)
    assert faces.ready() == frozenset()
