"""A card in a file: kept at every commit, one writer at a time, whole after kill -9."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import card_bench as cb
import pytest

from card_os import image
from card_os.image import ImageFileError
from card_os.kernel.card import Card
from card_os.kernel.manufacture import chip
from card_os.kernel.memory import PowerLoss
from card_os.spec.loader import load
from lab import demo
from reader_client.in_process import InProcessChannel
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

IMAGES = Path(__file__).parent / "images"
WRITER = Path(__file__).parent / "kept_card_writer.py"
UPDATE = bytes.fromhex("00D6000080")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "en")


@pytest.fixture(scope="session")
def blank_text():
    return image.dump(chip(load("sam"), b"\0\0\0\1"))


@pytest.fixture
def card_file(tmp_path, blank_text):
    path = tmp_path / "card"
    image.create(path, blank_text)
    return path


# --- files ----------------------------------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_its_owners_alone_and_alone(tmp_path):
    path = tmp_path / "card"
    image.save(path, "one")
    image.save(path, "two")
    assert image.read(path) == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["card"]


def test_a_new_card_never_takes_the_place_of_a_file(card_file, blank_text):
    with pytest.raises(ImageFileError, match="there is a file already"):
        image.create(card_file, "other")
    assert image.read(card_file) == blank_text
    assert names_in(card_file.parent) == ["card"]


def test_a_link_stays_a_link(tmp_path, card_file):
    link = tmp_path / "link"
    link.symlink_to(card_file)
    image.save(link, "new")
    assert link.is_symlink()
    assert image.read(card_file) == "new"


def test_what_a_killed_writer_left_is_taken_away(card_file):
    left = card_file.with_name(".card.unfinished")
    left.write_text("half a ca")
    with image.open_card(card_file):
        assert not left.exists()
    left.write_text("half a card, and longer than the next text")
    image.create(other := card_file.with_name("other"), "x")
    left.rename(other.with_name(".third.unfinished"))
    image.create(card_file.with_name("third"), "short")
    assert names_in(card_file.parent) == ["card", "other", "third"]
    assert image.read(card_file.with_name("third")) == "short"


def test_one_writer_at_a_time_across_every_replacement(card_file, blank_text):
    with image.open_card(card_file) as kept:
        for _ in range(3):
            with pytest.raises(ImageFileError, match="the card is in use by another process"):
                image.open_card(card_file)
            with pytest.raises(ImageFileError, match="in use"):
                image.save(card_file, blank_text)
            with kept.card.memory.transaction():
                kept.card.memory.put("bad_macs:MF", os.urandom(4))
    with image.open_card(card_file):
        pass


def test_another_process_is_refused(card_file):
    script = (
        f"from card_os.image import open_card; from pathlib import Path; open_card(Path({str(card_file)!r}))"
    )
    with image.open_card(card_file):
        refused = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "the card is in use by another process" in refused.stderr
    allowed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (allowed.returncode, allowed.stderr) == (0, "")


@pytest.mark.parametrize("make", ["missing", "directory", "pipe", "binary", "big"])
def test_what_is_no_card_file_is_refused(make, tmp_path):
    path = tmp_path / "card"
    if make == "directory":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "binary":
        path.write_bytes(b"\xff\xfe")
    elif make == "big":
        path.write_bytes(b"#" * 5_000_000)
    with pytest.raises(ImageFileError) as refused:
        image.open_card(path)
    assert str(refused.value).startswith(f"{path}: ")


# --- kept cards -----------------------------------------------------------------------------------------


def at_visits(card: Card) -> cb.Bench:
    """On ED01 with the right to write."""
    card.power_on()
    bench = cb.Bench(card)
    bench.enter("DDF1/DF03", "UK1_DF03")
    bench.select("ED01")
    return bench


@pytest.fixture
def bench_file(tmp_path):
    path = tmp_path / "card"
    image.create(path, image.dump(cb.card_in("ISSUED").card))
    return path


def test_what_was_written_is_in_the_file_before_the_answer(bench_file):
    with image.open_card(bench_file) as kept:
        bench = at_visits(kept.card)
        for fill in (b"A", b"B"):
            bench.do(UPDATE + fill * 128)
            assert image.read(bench_file) == image.dump(kept.card)
        kept_cells = kept.card.memory.snapshot()
    assert image.parse(image.read(bench_file)).cells == kept_cells
    assert kept_cells["file:MF/DDF1/DF03/ED01"][:128] == b"B" * 128


def test_reading_writes_nothing(bench_file):
    with image.open_card(bench_file) as kept:
        before = bench_file.stat().st_mtime_ns
        kept.card.power_on()
        bench = cb.Bench(kept.card)
        bench.select("DDF1/EF05")
        bench.do("00B2010400")
        assert bench_file.stat().st_mtime_ns == before
        bench.enter("DDF1/DF03", "UK1_DF03")
        assert bench_file.stat().st_mtime_ns != before


def failing(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["os.write", "os.fsync", "os.fchmod", "pathlib.Path.rename"])
def test_a_write_that_cannot_be_kept_did_not_happen(step, bench_file, monkeypatch):
    with image.open_card(bench_file) as kept:
        bench = at_visits(kept.card)
        bench.do(UPDATE + b"A" * 128)
        before, text = kept.card.memory.snapshot(), image.read(bench_file)
        with monkeypatch.context() as broken:
            broken.setattr(step, failing)
            assert kept.card.transmit(UPDATE + b"B" * 128) == b"\x65\x81"
        assert kept.card.memory.snapshot() == before
        assert image.read(bench_file) == text
        assert names_in(bench_file.parent) == ["card"]
        bench.do(UPDATE + b"C" * 128)
        assert image.parse(image.read(bench_file)).cells == kept.card.memory.snapshot()


def test_a_try_that_cannot_be_kept_is_no_guess(bench_file, monkeypatch):
    with image.open_card(bench_file) as kept:
        kept.card.power_on()
        bench = cb.Bench(kept.card)
        bench.select("DDF1/DF03")
        right = bench.authentication("UK1_DF03")
        monkeypatch.setattr(os, "fsync", failing)
        assert kept.card.transmit(right) == b"\x65\x81"
        bench.select("ED01")
        assert kept.card.transmit(UPDATE + b"B" * 128) == b"\x69\x82"


def test_power_lost_before_the_file_is_written_leaves_it(bench_file):
    with image.open_card(bench_file) as kept:
        at_visits(kept.card)
        text = image.read(bench_file)

        def cut(step: str) -> None:
            if step == "journal complete":
                raise PowerLoss(step)

        kept.card.memory.on_step = cut
        with pytest.raises(PowerLoss):
            kept.card.transmit(UPDATE + b"B" * 128)
        assert image.read(bench_file) == text


def test_after_close_nothing_is_written(bench_file):
    with image.open_card(bench_file) as kept:
        at_visits(kept.card)
        text = image.read(bench_file)
    assert kept.card.transmit(UPDATE + b"B" * 128) == b"\x65\x81"
    assert image.read(bench_file) == text


def test_what_a_reader_wrote_is_there_when_the_card_comes_back(tmp_path):
    paths = [tmp_path / "card", tmp_path / "sam"]
    for path, made in zip(paths, ("card-05", "sam-11"), strict=True):
        image.create(path, image.read(IMAGES / "format-1" / f"{made}.card"))
    for phone in ("19900001111", "19900002222"):
        with image.open_card(paths[0]) as card, image.open_card(paths[1]) as sam:
            sam_session = SamSession(InProcessChannel(sam.card))
            sam_session.open()
            sam_session.verify_pin(demo.SAM_PIN)
            session = HealthCardSession(InProcessChannel(card.card), sam_session)
            session.open()
            before = session.read(["holder_phone_1"])["holder_phone_1"]
            assert phone == "19900001111" or before == "19900001111"
            session.update({"holder_phone_1": phone})


def test_random_of_a_kept_card_is_the_callers(bench_file):
    with image.open_card(bench_file, random=lambda length: b"\x11" * length) as kept:
        kept.card.power_on()
        assert kept.card.transmit(bytes.fromhex("0084000008")) == b"\x11" * 8 + b"\x90\x00"


def test_the_whole_file_survives_kill_9(bench_file):
    chance = random.Random(20120601)  # noqa: S311 - any moment will do
    for _ in range(8):
        number, done = killed_at(bench_file, chance)
        cells = image.parse(image.read(bench_file)).cells
        blocks = [cells[f"file:MF/DDF1/DF03/ED0{slot}"][:128] for slot in (1, 2, 3)]
        assert all(len(set(block)) == 1 for block in blocks)
        answered, together, twin = (block[0] for block in blocks)
        assert together == twin
        if done:
            assert (answered, together) == (number % 256, number % 256)
        else:
            assert {answered, together} <= {number % 256, (number - 1) % 256, 0}
        assert set(names_in(bench_file.parent)) <= {"card", ".card.unfinished"}
        with image.open_card(bench_file) as kept:  # and the lock died with its holder
            at_visits(kept.card).do(UPDATE + bytes(128))
            with kept.card.memory.transaction():
                for slot in (2, 3):
                    file = kept.card.profile.files[f"MF/DDF1/DF03/ED0{slot}"]
                    kept.card.files.write(file, 0, bytes(128))
        assert names_in(bench_file.parent) == ["card"]


def killed_at(path: Path, chance: random.Random) -> tuple[int, bool]:
    """Kill a writer at any moment; the number of its last command, and whether that one was done."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(WRITER.parent), str(WRITER.parents[1])])}
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(chance.randrange(1, 60))]
    for _ in range(chance.randrange(20_000)):  # a moment that no line marks
        pass
    process.kill()
    lines += process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    numbers = [line.strip() for line in lines if line.strip()]
    return int(next(line for line in reversed(numbers) if line != "done")), numbers[-1] == "done"


def test_keys_written_to_a_card_without_keys_are_kept(tmp_path):
    path = tmp_path / "card"
    image.create(path, image.dump(cb.chip().card, secrets=False))
    with image.open_card(path) as kept:
        bench = cb.Bench(kept.card)
        bench.select("DDF1")
        bench.do(cb.plain_write_key(0x04, cb.key_record("RK1_DDF1", 1)))
    assert image.parse(image.read(path)).cells["key:RK1_DDF1:1"] == cb.card_value("RK1_DDF1", 1)


def test_a_right_that_could_not_be_kept_is_not_held() -> None:
    bench = cb.card_in("ISSUED")
    bench.select("DDF1")
    writes = iter((None, OSError("disk full")))

    def keep(cells: object) -> None:
        failure = next(writes, OSError("disk full"))
        if failure is not None:
            raise failure

    command = bench.authentication("RK1_DDF1")
    bench.card.memory.keep = keep
    assert bench.send(command).sw == 0x6581
    bench.select("EF06")
    assert bench.send("00B2010400").sw == 0x6982
