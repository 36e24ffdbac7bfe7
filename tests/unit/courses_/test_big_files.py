"""Large data and records: read a piece at a time, with the same result; refused where too large."""

import random
import tracemalloc

import pytest
from passing import passing_record
from published import KEY, publish

from courses.authoring import blocks, leaks
from courses.authoring.helpers import copy_cleared, marked_text
from courses.authoring.hidden import Hidden, Secret
from courses.authoring.manifest import load
from courses.authoring.sums import MOST_BYTES
from courses.catalogue import Catalogue
from courses.releases.archive import pack
from courses.releases.proof import seal
from courses.releases.publishing import recorded
from courses.releases.unpacking import Limits
from spawners.errors import InvalidInput

SECRET = Secret("one.ipynb", "c", "solution", ("total = sum(values) / len(é)", "return total * 42"))
HIDDEN = Hidden((SECRET,), {})
TOLD = (
    *SECRET.lines,
    'password = "hunter2-and-more"',
    "### BEGIN SOLUTION",
    "-----BEGIN PRIVATE KEY-----",
)


@pytest.fixture
def small_blocks(monkeypatch):
    for module in (blocks, leaks):
        monkeypatch.setattr(module, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(blocks, "OVERLAP_BYTES", 120)


def _a_file(chance):
    """Lines of all lengths, and in some places what should not be there."""
    lines = ["x," * chance.choice((0, 1, 10, 700)) for _ in range(chance.randrange(100))]
    for told in chance.sample(TOLD, chance.randrange(len(TOLD))):
        lines.insert(chance.randrange(len(lines) + 1), f"  {told}")
    return "\n".join(lines).encode() + chance.choice((b"", b"\0", b"\n"))


@pytest.mark.parametrize("seed", range(40))
def test_a_large_file_is_searched_in_pieces_as_it_is_as_a_whole(tmp_path, small_blocks, seed):
    chance = random.Random(seed)
    content = _a_file(chance)
    (tmp_path / "data.csv").write_bytes(content)
    whole = set(leaks.in_text("data.csv", leaks._text(content), HIDDEN))
    # when, then
    found = set(leaks._in_large(leaks._File(tmp_path / "data.csv", "data.csv"), HIDDEN))
    # In what is no text as a whole, a piece that is text is read as such: more is found.
    assert whole <= found
    assert whole == found or b"\0" in content
    has_markers = b"### BEGIN" in content and b"\0" not in content
    assert marked_text(tmp_path / "data.csv") == (content.decode() if has_markers else None)


def test_a_file_larger_than_what_may_be_held_is_copied_and_searched(tmp_path, monkeypatch):
    for module in (blocks, leaks):
        monkeypatch.setattr(module, "BLOCK_BYTES", 100_000)
    with (tmp_path / "big.bin").open("wb") as file:
        file.truncate(6_000_000)
    (tmp_path / "big.csv").write_text("1,2,3\n" * 1_000_000)
    built = tmp_path / "built"
    built.mkdir()
    # when
    tracemalloc.start()
    for name in ("big.bin", "big.csv"):
        copy_cleared(tmp_path / name, built / name, built / name)
        file = leaks._File(built / name, name)
        assert list(leaks._of(file, Hidden((), {}))) == []
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # then
    assert peak_bytes < 5_000_000
    assert (built / "big.csv").stat().st_size == 6_000_000


def test_a_record_that_no_release_can_hold_is_refused_before_anything_is_done(tmp_path):
    with (tmp_path / "record.json").open("wb") as file:
        file.truncate(10 * 1024**3)
    with pytest.raises(InvalidInput, match=r"record.json: .* larger than 32 MiB") as caught:
        recorded(tmp_path / "record.json")
    assert "check the course again" in caught.value.hint


def test_nor_is_such_a_record_sealed(maker, tmp_path):
    source = maker.lesson([maker.code("1")])
    record = passing_record(load(source))
    long = record.lessons[0].model_copy(update={"detail": "x" * MOST_BYTES})
    with pytest.raises(InvalidInput, match=r"tiny 1\.2\.3: .* larger than 32 MiB"):
        seal(source, "a" * 64, record.model_copy(update={"lessons": (long,)}), KEY)
    assert not (source / "record.json").exists()


@pytest.mark.parametrize(
    ("limits", "why"),
    [(Limits(files=2), "more than 2 files"), (Limits(ratio=5, ratio_from_bytes=1000), "5 times")],
)
def test_what_nobody_could_import_is_not_exported(maker, tmp_path, limits, why):
    source = maker.lesson([maker.code("1")])
    (source / "zeros.bin").write_bytes(bytes(1_000_000))
    release = publish(Catalogue(tmp_path / "catalogue"), source).path
    with pytest.raises(InvalidInput, match=why) as caught:
        pack(release, tmp_path / "out.tar.gz", limits)
    assert "publish a new version" in caught.value.hint
    assert not (tmp_path / "out.tar.gz").exists()
