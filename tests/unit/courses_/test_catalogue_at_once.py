"""Publishers and readers in processes of their own, at once; and publishers that are killed."""

import contextlib
import errno
import fcntl
import itertools
import os
import resource
import shutil
import stat

import pytest
from passing import passing_record
from published import KEY, TRUST
from stopping import FORK, killed_at

from courses.authoring.manifest import load
from courses.catalogue import Catalogue
from courses.releases import shelf
from courses.releases.proof import prove, seal
from courses.validation.signing import signed
from spawners.errors import InvalidInput

VERSIONS = ("1.0.0", "1.1.0", "1.2.0")
ROUNDS = 30


@pytest.fixture
def catalogue(tmp_path):
    return Catalogue(tmp_path / "catalogue")


@pytest.fixture
def release(maker, tmp_path):
    """Make a sealed release: a version, and a letter that fills its files."""
    source = maker.lesson([maker.code("1")])
    text = (source / "course.toml").read_text()
    count = itertools.count()

    def release(version, letter):
        folder = tmp_path / f"release-{next(count)}"
        shutil.copytree(source, folder)
        (folder / "course.toml").write_text(text.replace("1.2.3", version))
        for name in ("first.txt", "second.txt"):
            (folder / name).write_text(letter * 5000)
        record = passing_record(load(folder))
        record = signed(record.model_copy(update={"content_hash": letter * 64}), KEY)
        seal(folder, record.content_hash, record, KEY)
        return folder

    return release


@contextlib.contextmanager
def processes(*jobs):
    """Run each (function, arguments) in a process of its own; all of them must end well."""
    started = [FORK.Process(target=job[0], args=job[1:]) for job in jobs]
    for one in started:
        one.start()
    try:
        yield
        for one in started:
            one.join(60)
        assert [one.exitcode for one in started] == [0] * len(started)
    finally:
        for one in started:
            one.kill()
            one.join()


def _publish(path, start, folders):
    start.wait(30)
    for folder in folders:
        with contextlib.suppress(InvalidInput):  # a version that another content has by now
            Catalogue(path).publish(folder, TRUST.require)


def _read(path, start, done, seen):
    """Look all the time: what is offered is whole, to the last byte, whatever happens meanwhile."""
    start.wait(30)
    found = set()
    while not done.is_set():
        course = Catalogue(path).course("tiny")
        assert course is not None
        proof = prove(course.path, TRUST.require)
        texts = {(course.path / name).read_text() for name in ("first.txt", "second.txt")}
        assert texts == {proof.sums.content_hash[0] * 5000}
        assert course.manifest == proof.course
        found.add(course.release)
    seen.put(found)


def _no_locks(*_):
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no-locks"])
def test_readers_get_whole_releases_while_publishers_compete(
    catalogue, release, locks, monkeypatch
):
    # given three publishers that have other contents for the same versions, and two readers
    if not locks:
        monkeypatch.setattr(fcntl, "flock", _no_locks)
    catalogue.publish(release("0.9.0", "0"), TRUST.require)
    offers = [[release(version, letter) for version in VERSIONS] for letter in "abc"]
    start, done, seen = FORK.Barrier(5), FORK.Event(), FORK.SimpleQueue()
    readers = [(_read, catalogue.path, start, done, seen)] * 2
    writers = [(_publish, catalogue.path, start, folders) for folders in offers]
    # when
    with processes(*readers):
        with processes(*writers):
            pass
        done.set()
    found = set().union(*(seen.get() for _ in readers))
    # then the newest is current, each version has one content, and nothing else lies about
    assert found
    current = catalogue.course("tiny")
    assert current.manifest.version == VERSIONS[-1]
    assert catalogue.versions("tiny") == (*reversed(VERSIONS), "0.9.0")
    home = catalogue.path / "tiny"
    claimed = {one.path.name for one in catalogue.releases("tiny")}
    assert {path.name for path in home.iterdir() if not path.is_symlink()} == {
        *claimed,
        "history.jsonl",
    }
    for one in catalogue.releases("tiny"):
        prove(one.path, TRUST.require)
    assert {one.release for one in catalogue.history("tiny")} == claimed


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no-locks"])
def test_the_same_release_published_by_many_at_once_is_there_once(
    catalogue, release, locks, monkeypatch
):
    if not locks:
        monkeypatch.setattr(fcntl, "flock", _no_locks)
    folder, start = release("1.0.0", "a"), FORK.Barrier(4)
    with processes(*[(_publish, catalogue.path, start, [folder])] * 4):
        pass
    names = sorted(path.name for path in (catalogue.path / "tiny").iterdir())
    assert names == ["1.0.0", "1.0.0-aaaaaaaaaaaa", "current", "history.jsonl"]
    assert catalogue.course("tiny") is not None


def test_who_comes_late_does_not_put_an_older_version_in_front(catalogue, release, monkeypatch):
    # given no locks, and somebody who publishes 1.2.0 just before 1.1.0 is made current
    monkeypatch.setattr(fcntl, "flock", _no_locks)
    catalogue.publish(release("1.0.0", "0"), TRUST.require)
    newer, make = release("1.2.0", "b"), shelf.Turn.make

    def meanwhile(turn):
        monkeypatch.setattr(shelf.Turn, "make", make)
        Catalogue(catalogue.path).publish(newer, TRUST.require)
        make(turn)

    monkeypatch.setattr(shelf.Turn, "make", meanwhile)
    # when
    catalogue.publish(release("1.1.0", "a"), TRUST.require)
    # then
    assert catalogue.course("tiny").manifest.version == "1.2.0"


def test_a_lock_that_is_never_given_back_is_an_error_in_words(catalogue, release, monkeypatch):
    catalogue.publish(release("1.0.0", "a"), TRUST.require)
    monkeypatch.setattr(shelf, "_LOCK_S", 0.1)
    with (catalogue.path / shelf.LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InvalidInput, match="somebody else has been changing it"):
            catalogue.publish(release("1.1.0", "b"), TRUST.require)
    assert catalogue.course("tiny").manifest.version == "1.0.0"


@pytest.mark.parametrize(("folder", "lock"), [(0o2775, 0o664), (0o755, 0o644)])
def test_whoever_may_write_to_the_catalogue_may_lock_it(catalogue, release, folder, lock):
    # given: a catalogue as its operators made it, and a publisher who lets no group write
    catalogue.path.mkdir()
    catalogue.path.chmod(folder)
    umask = os.umask(0o077)
    try:
        catalogue.publish(release("1.0.0", "a"), TRUST.require)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((catalogue.path / shelf.LOCK).stat().st_mode) == lock


@pytest.mark.parametrize("act", ["publish", "withdraw", "rollback", "mend"])
def test_killed_at_any_moment_the_catalogue_is_the_old_or_the_new(
    catalogue, release, tmp_path, act
):
    # given two versions, and one that comes, goes, comes back, or is mended
    catalogue.publish(release("1.0.0", "a"), TRUST.require)
    catalogue.publish(release("1.1.0", "b"), TRUST.require)
    new, again = release("1.2.0", "c"), release("1.1.0", "b")
    acts = {
        "publish": (lambda: catalogue.publish(new, TRUST.require), "1.2.0"),
        "withdraw": (lambda: catalogue.withdraw("tiny", "1.1.0", ""), "1.0.0"),
        "rollback": (lambda: catalogue.rollback("tiny", "1.0.0", TRUST.require), "1.0.0"),
        "mend": (lambda: catalogue.publish(again, TRUST.require), "1.1.0"),
    }
    do, after = acts[act]
    before = "1.1.0"
    if act == "mend":
        (catalogue.path / "tiny/1.1.0-bbbbbbbbbbbb/first.txt").write_text("damaged")
        before = None
    shutil.copytree(catalogue.path, tmp_path / "kept", symlinks=True)
    outcomes = set()
    for step in itertools.count(1):
        # when it is killed one step later each time
        shutil.rmtree(catalogue.path)
        shutil.copytree(tmp_path / "kept", catalogue.path, symlinks=True)
        killed = killed_at(step, do)
        # then
        course = catalogue.course("tiny")
        outcome = course.manifest.version if course else None
        assert outcome in (before, after)
        outcomes.add(outcome)
        if not killed:
            break
        # and doing it again gets it done
        with contextlib.suppress(InvalidInput):  # it was done, but for the last broom
            do()
        assert catalogue.course("tiny").manifest.version == after
    assert outcome == after
    assert step > 5
    assert outcomes == {before, after}


def _with_little_room(catalogue, folder):
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
    with pytest.raises(InvalidInput, match="cannot be written") as caught:
        catalogue.publish(folder, TRUST.require)
    assert "what was published is as it was" in caught.value.hint


def test_without_room_the_old_release_stays_and_no_draft_does(catalogue, release):
    old = catalogue.publish(release("1.0.0", "a"), TRUST.require)
    with processes((_with_little_room, catalogue, release("1.1.0", "b"))):
        pass
    assert catalogue.course("tiny") == old
    assert catalogue.versions("tiny") == ("1.0.0",)
    assert not list((catalogue.path / "tiny").glob(".draft-*"))


def _withdraw_and_roll_back(path, start, done, counted):
    """Take out what trainees get, and bring it back, all the time; the oldest is left alone."""
    start.wait(30)
    rounds = 0
    while not done.is_set():
        version = Catalogue(path).course("tiny").manifest.version
        with contextlib.suppress(InvalidInput):  # there is nothing to do, or no more
            Catalogue(path).withdraw("tiny", version if version != "0.9.0" else "none", "")
            Catalogue(path).rollback("tiny", version, TRUST.require, even_withdrawn=True)
            rounds += 1
    counted.put(rounds)


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no-locks"])
def test_two_publishers_a_withdrawer_and_a_reader(catalogue, release, locks, monkeypatch):
    # given two who publish many versions each, in turns the newer ones
    if not locks:
        monkeypatch.setattr(fcntl, "flock", _no_locks)
    catalogue.publish(release("0.9.0", "0"), TRUST.require)
    offers = [
        [release(f"1.{number}.0", letter) for number in range(first, ROUNDS, 2)]
        for first, letter in enumerate("ab")
    ]
    start, done = FORK.Barrier(4), FORK.Event()
    seen, counted = FORK.SimpleQueue(), FORK.SimpleQueue()
    # when somebody withdraws and brings back meanwhile
    with processes(
        (_read, catalogue.path, start, done, seen),
        (_withdraw_and_roll_back, catalogue.path, start, done, counted),
    ):
        with processes(*((_publish, catalogue.path, start, folders) for folders in offers)):
            pass
        done.set()
    # then the reader has always had a whole release, and every version is there, whole
    assert len(seen.get()) > 3
    assert counted.get() > 3
    found = catalogue.releases("tiny")
    assert {one.version for one in found} == {"0.9.0", *(f"1.{n}.0" for n in range(ROUNDS))}
    for one in found:
        prove(one.path, TRUST.require)
    names = {path.name for path in (catalogue.path / "tiny").iterdir() if not path.is_symlink()}
    marks = {f"{one.version}.withdrawn" for one in found if one.withdrawn}
    assert names == {one.path.name for one in found} | marks | {"history.jsonl"}
