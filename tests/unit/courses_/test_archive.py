"""Releases as files: the same bytes each time, and every trick that an archive can try."""

import dataclasses
import gzip
import io
import os
import random
import shutil
import tarfile
import zlib

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from passing import passing_record
from published import KEY, TRUST, publish

from courses.authoring.manifest import load
from courses.catalogue import Catalogue
from courses.cli import course
from courses.releases.archive import pack, unpack
from courses.releases.proof import seal
from courses.releases.unpacking import LIMITS, Limits
from courses.validation.signing import public, signed
from spawners.errors import InvalidInput


@pytest.fixture
def source(maker):
    folder = maker.lesson([maker.code("1")])
    (folder / "data").mkdir()
    (folder / "data" / ("é" * 90 + ".txt")).write_text("a long name, with accents")
    (folder / "data" / "numbers.bin").write_bytes(random.Random(1).randbytes(200_000))
    return folder


@pytest.fixture
def catalogue(tmp_path):
    return Catalogue(tmp_path / "catalogue")


@pytest.fixture
def release(catalogue, source):
    return publish(catalogue, source).path


@pytest.fixture
def unpacked(tmp_path):
    """Unpack an archive, given as bytes or as a path, into a new folder."""

    def unpacked(archive, limits=LIMITS):
        scratch = tmp_path / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        if isinstance(archive, bytes):
            (tmp_path / "evil.tar.gz").write_bytes(archive)
            archive = tmp_path / "evil.tar.gz"
        return unpack(archive, scratch, limits)

    return unpacked


def member(name, content=b"x", **changes):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in changes.items():
        setattr(info, key, value)
    return info, io.BytesIO(content)


def tarred(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, content if info.isreg() else None)
    return out.getvalue()


def archive(*members):
    return gzip.compress(tarred(*members))


def refused(unpacked, content, why, limits=LIMITS):
    with pytest.raises(InvalidInput) as caught:
        unpacked(content, limits)
    assert why in caught.value.message
    assert caught.value.message.isprintable()


def test_a_release_travels_whole_to_another_catalogue(release, unpacked, tmp_path):
    pack(release, tmp_path / "tiny.tar.gz")
    there = Catalogue(tmp_path / "there")

    arrived = there.publish(unpacked(tmp_path / "tiny.tar.gz"), TRUST.require)

    files = {path.relative_to(release) for path in release.rglob("*")}
    assert {path.relative_to(arrived.path) for path in arrived.path.rglob("*")} == files
    for path in files:
        if (release / path).is_file():
            assert (arrived.path / path).read_bytes() == (release / path).read_bytes()


def test_the_same_release_gives_the_same_bytes(release, tmp_path):
    pack(release, tmp_path / "one.tar.gz")
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    for path in [copy, *copy.rglob("*")]:
        os.utime(path, (1, 1))
        path.chmod(0o700)
    pack(copy, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_a_damaged_release_is_not_exported_and_an_old_archive_stays(release, tmp_path):
    (tmp_path / "tiny.tar.gz").write_text("from before")
    (release / "one.ipynb").write_text("{}")
    with pytest.raises(InvalidInput, match=r"one\.ipynb: changed"):
        pack(release, tmp_path / "tiny.tar.gz")
    assert (tmp_path / "tiny.tar.gz").read_text() == "from before"


def test_what_nobody_could_read_back_is_not_exported(release, tmp_path):
    with pytest.raises(InvalidInput, match="more than 100000 bytes"):
        pack(release, tmp_path / "tiny.tar.gz", Limits(file_bytes=100_000))
    with pytest.raises(InvalidInput, match="cannot be written"):
        pack(release, tmp_path / "nowhere" / "tiny.tar.gz")
    assert not list(tmp_path.glob("*.tar.gz"))


@pytest.mark.parametrize(
    "name",
    [
        "tiny/../../evil",
        "../evil",
        "/etc/evil",
        "/tiny/evil",
        "tiny//evil",
        "tiny/./evil",
        "tiny/.hidden",
        ".tiny/evil",
        "tiny/a\\b",
        "tiny/a\nb",
        "tiny/\x1b[31m",
        "tiny/" + "x" * 2000,
    ],
)
def test_a_name_that_leads_elsewhere(unpacked, tmp_path, name):
    refused(unpacked, archive(member("tiny/one"), member(name)), "which leads elsewhere")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("name", ["other/one", "one", "tiny"])
def test_more_than_one_folder(unpacked, name):
    refused(unpacked, archive(member("tiny/one"), member(name)), "is not in its one folder")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.SYMTYPE, "holds a link, 'tiny/two'"),
        (tarfile.LNKTYPE, "holds a hard link, 'tiny/two'"),
        (tarfile.CHRTYPE, "holds a device, 'tiny/two'"),
        (tarfile.BLKTYPE, "holds a device, 'tiny/two'"),
        (tarfile.FIFOTYPE, "holds a pipe, 'tiny/two'"),
        (tarfile.DIRTYPE, "holds a folder, 'tiny/two'"),
        (tarfile.CONTTYPE, "holds something, 'tiny/two'"),
        (b"Z", "holds something, 'tiny/two'"),
    ],
)
def test_what_is_no_plain_file(unpacked, kind, said):
    odd = member("tiny/two", type=kind, linkname="/etc/passwd", size=0)
    refused(unpacked, archive(member("tiny/one"), odd), said)


def test_a_file_of_one_byte_and_a_hundred_gibibytes_of_hole(unpacked):
    holes = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(100 * 1024**3)}
    sparse = member("tiny/two", pax_headers=holes)
    refused(unpacked, archive(member("tiny/one"), sparse), "holds something, 'tiny/two'")


def test_a_link_and_then_a_file_through_it(unpacked, tmp_path):
    link = member("tiny/data", type=tarfile.SYMTYPE, linkname=str(tmp_path), size=0)
    refused(unpacked, archive(link, member("tiny/data/evil")), "holds a link")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("tiny/a", "tiny/a", "holds 'a' twice"),
        ("tiny/a.txt", "tiny/A.txt", "the same but for its case"),
        ("tiny/data/a", "tiny/Data/a", "the same but for its case"),
        ("tiny/\u00e9", "tiny/e\u0301", "the same but for its case"),
        ("tiny/data/a", "tiny/Data/b", "holds 'Data/' and 'data/', the same but for its case"),
        ("tiny/Data", "tiny/data/a", "both as a file and as a folder"),
        ("tiny/a", "tiny/a/b", "both as a file and as a folder"),
        ("tiny/a/b", "tiny/a", "both as a file and as a folder"),
    ],
)
def test_two_files_of_one_name(unpacked, first, second, why):
    refused(unpacked, archive(member(first), member(second)), why)


def test_too_many_files(unpacked):
    many = archive(*(member(f"tiny/{number}", b"") for number in range(11)))
    assert unpacked(many, Limits(files=11))
    refused(unpacked, many, "more than 10 files", Limits(files=10))


def test_a_bomb_of_folders(unpacked, tmp_path):
    # given two small files, each in a folder of a folder of a folder ...
    deep = archive(*(member(f"tiny/{name}/" + "d/" * 100 + "f", b"") for name in "ab"))
    # then its folders count
    assert unpacked(deep, Limits(files=204))
    refused(unpacked, deep, "more than 203 files and folders", Limits(files=203))
    assert sum(path.is_dir() for path in tmp_path.rglob("*")) < 300


def test_a_header_that_would_fill_the_memory(unpacked):
    odd = member("tiny/b", pax_headers={"comment": "x" * 1024**2})
    refused(unpacked, archive(member("tiny/a"), odd), "a header is too long")


def test_too_large_a_file_and_too_much_of_all(unpacked):
    two = archive(member("tiny/a", b"a" * 600), member("tiny/b", b"b" * 600))
    refused(unpacked, two, "a file of more than 500 bytes", Limits(file_bytes=500))
    refused(unpacked, two, "more than 1000 bytes", Limits(total_bytes=1000))


def test_a_bomb_is_put_out_long_before_it_is_unpacked(unpacked, tmp_path):
    # given 256 MiB of nothing in 256 KiB
    bomb = archive(member("tiny/a", bytes(256 * 1024**2)))
    limits = dataclasses.replace(LIMITS, ratio_from_bytes=1024**2)
    # when, then
    refused(unpacked, bomb, "more than 200 times its size", limits)
    assert (tmp_path / "scratch/release.tar").stat().st_size < 40 * 1024**2
    assert not list((tmp_path / "scratch/release").iterdir())


def test_a_bomb_that_packs_badly_is_stopped_by_its_size(unpacked, tmp_path):
    limits = Limits(files=1, total_bytes=1024**2)
    noise = archive(member("tiny/a", random.Random(2).randbytes(8 * 1024**2)))
    refused(unpacked, noise, "more than 1048576 bytes", limits)
    assert (tmp_path / "scratch/release.tar").stat().st_size < 3 * 1024**2


def test_a_size_that_lies(unpacked):
    # given a header that claims 100 GiB
    huge = tarfile.TarInfo("tiny/a")
    huge.size = 100 * 1024**3
    content = gzip.compress(huge.tobuf(tarfile.GNU_FORMAT) + bytes(10240))
    refused(unpacked, content, "a file of more than")
    # and one that claims less than nothing
    huge.size = -512
    content = gzip.compress(huge.tobuf(tarfile.GNU_FORMAT) + bytes(10240))
    refused(unpacked, content, "evil.tar.gz")
    # and one that says so in an extended header
    odd = member("tiny/b", pax_headers={"size": "-1024"})
    refused(unpacked, archive(member("tiny/a"), odd), "evil.tar.gz")


def test_headers_nested_without_end(unpacked):
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 0
    content = header.tobuf(tarfile.USTAR_FORMAT) * 5000 + tarred(member("tiny/a"))
    refused(unpacked, gzip.compress(content), "not a sound .tar.gz")


# With ids: gzip writes the time into what it makes, and each worker would know another test.
@pytest.mark.parametrize(
    "behind",
    [b"garbage", gzip.compress(b"more"), bytes(512)],
    ids=["garbage", "another-stream", "zeros"],
)
def test_something_behind_the_gzip_stream(unpacked, behind):
    sound = archive(member("tiny/a"))
    assert unpacked(sound)
    refused(unpacked, sound + behind, "something behind its end")


def test_something_behind_the_tar_files_end(unpacked):
    sound, hidden = tarred(member("tiny/a")), tarred(member("tiny/b"))
    refused(unpacked, gzip.compress(sound + hidden), "something behind its end")
    refused(unpacked, gzip.compress(sound + b"garbage"), "something behind its end")
    broken = sound[:1024] + b"garbage" + sound[1031:]
    refused(unpacked, gzip.compress(broken), "something behind its end")


def test_an_archive_that_is_cut_short_anywhere(unpacked, release, tmp_path):
    pack(release, tmp_path / "tiny.tar.gz")
    whole = (tmp_path / "tiny.tar.gz").read_bytes()
    for end in range(0, len(whole), len(whole) // 40):
        refused(unpacked, whole[:end], "tar.gz")
    plain = zlib.decompress(whole, 31)
    for blocks in range(1, 20):
        refused(unpacked, gzip.compress(plain[: blocks * 512]), "tar.gz")


def test_archives_that_are_spoiled_anywhere_never_end_in_anything_but_words(
    release, unpacked, tmp_path
):
    # given a sound archive, and one byte or ten of its tar file changed, five hundred times
    pack(release, tmp_path / "tiny.tar.gz")
    plain = bytearray(zlib.decompress((tmp_path / "tiny.tar.gz").read_bytes(), 31))
    chance = random.Random(3)
    there = Catalogue(tmp_path / "there")
    for _ in range(300):
        spoiled = bytearray(plain)
        for _ in range(chance.choice((1, 10))):
            # where the headers are, most of the time
            spoiled[chance.choice((chance.randrange(4096), chance.randrange(len(plain))))] = (
                chance.randrange(256)
            )
        # then what it does to the files is found, or it did nothing to them
        try:
            folder = unpacked(gzip.compress(bytes(spoiled), 1))
            arrived = there.publish(folder, TRUST.require)
        except InvalidInput:
            continue
        names = {path.relative_to(arrived.path) for path in arrived.path.rglob("*")}
        assert names == {path.relative_to(release) for path in release.rglob("*")}


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b""), gzip.compress(b"no tar")],
    ids=["empty", "no-gzip", "empty-gzip", "no-tar"],
)
def test_what_is_no_archive_at_all(unpacked, content):
    refused(unpacked, content, "evil.tar.gz")
    refused(unpacked, gzip.compress(bytes(10240)), "holds nothing")


class Site:
    def __init__(self, folder):
        self.folder, self.keys = folder, (public(KEY),)

    def catalogue(self, site):
        return self.folder / site

    def trusted_keys(self, site):
        return self.keys


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Site(tmp_path)


@pytest.fixture
def onboard(site):
    return lambda *words: CliRunner().invoke(course, [str(word) for word in words], obj=site)


def test_export_and_import_from_site_to_site(onboard, release, tmp_path):
    out = tmp_path / "tiny.tar.gz"
    result = onboard("export", "tiny", "--site", "catalogue", "--output", out)
    assert result.exit_code == 0, result.output
    result = onboard("import-release", out, "--site", "there")
    assert f"Published tiny, release {release.name}." in result.output
    assert Catalogue(tmp_path / "there").course("tiny").release == release.name
    versioned = ("export", "tiny", "--site", "there", "--version", "1.2.3", "--output")
    assert onboard(*versioned, tmp_path / "again.tar.gz").exit_code == 0
    assert out.read_bytes() == (tmp_path / "again.tar.gz").read_bytes()


@pytest.mark.parametrize("words", [("other",), ("tiny", "--version", "9.9.9"), ("../tiny",)])
def test_there_is_no_export_of_what_is_not_published(onboard, release, tmp_path, words):
    out = tmp_path / "tiny.tar.gz"
    result = onboard("export", *words, "--site", "catalogue", "--output", out)
    assert isinstance(result.exception, InvalidInput)
    assert not out.exists()


def test_import_takes_nothing_from_who_is_not_trusted(onboard, site, release, tmp_path):
    pack(release, tmp_path / "tiny.tar.gz")
    site.keys = ()
    result = onboard("import-release", tmp_path / "tiny.tar.gz", "--site", "there")
    assert "a key that is not trusted here" in result.exception.message
    assert not (tmp_path / "there").exists()


def test_import_takes_no_release_whose_builder_made_the_record_up(onboard, source, tmp_path):
    # given a release that a trusted person built, with a record that a stranger signed
    stranger = Ed25519PrivateKey.generate()
    record = signed(passing_record(load(source)), stranger)
    seal(source, record.content_hash, record, KEY)
    pack(source, tmp_path / "tiny.tar.gz")
    # when
    result = onboard("import-release", tmp_path / "tiny.tar.gz", "--site", "there")
    # then
    assert "record.json: is signed with a key that is not trusted here" in result.exception.message


def test_import_takes_no_release_that_was_changed_on_the_way(onboard, release, tmp_path):
    pack(release, tmp_path / "tiny.tar.gz")
    plain = zlib.decompress((tmp_path / "tiny.tar.gz").read_bytes(), 31)
    spoiled = plain.replace(b"A course for tests.", b"A course for guests")
    assert spoiled != plain
    (tmp_path / "tiny.tar.gz").write_bytes(gzip.compress(spoiled))
    result = onboard("import-release", tmp_path / "tiny.tar.gz", "--site", "there")
    assert "course.toml: changed: not what sums.json says" in result.exception.message
    assert not (tmp_path / "there").exists()
