import shutil
import stat
import threading

import pytest

from courses.authoring.manifest import load
from courses.catalogue import Catalogue
from courses.validation.record import LessonResult, Outcome, ValidationRecord
from spawners.errors import InvalidInput


def record_of(folder, *, content="a" * 64, outcome=Outcome.PASSED, **changes):
    course = load(folder)
    lessons = tuple(
        LessonResult(lesson=one.id, notebook=one.notebook, outcome=outcome)
        for one in course.lessons
    )
    record = ValidationRecord(
        course=course.id,
        version=course.version,
        content_hash=content,
        machine="here",
        started_at="2026-01-01T00:00:00+00:00",
        validated_at="2026-01-01T00:01:00+00:00",
        seconds=60,
        outcome=outcome,
        lessons=lessons,
    )
    return record.model_copy(update=changes)


@pytest.fixture
def built(maker):
    return maker.lesson([maker.code("1")])


@pytest.fixture
def catalogue(tmp_path):
    return Catalogue(tmp_path / "catalogue")


def test_an_empty_catalogue_has_no_courses(catalogue):
    assert catalogue.courses() == ()
    assert catalogue.course("tiny") is None


def test_a_published_course_is_found_with_its_release_and_date(catalogue, built):
    published = catalogue.publish(built, record_of(built))

    assert catalogue.courses() == (published,)
    assert catalogue.course("tiny") == published
    assert published.release == "1.2.3-aaaaaaaaaaaa"
    assert published.validated_at == "2026-01-01T00:01:00+00:00"
    assert str(published.manifest.title) == "Tiny"
    assert (published.path / "one.ipynb").is_file()
    assert not published.path.is_symlink()


def test_trainees_may_read_all_of_it_whatever_the_publishers_umask(catalogue, built):
    (built / "one.ipynb").chmod(0o600)
    published = catalogue.publish(built, record_of(built))
    for path in (published.path.parent, published.path, *published.path.rglob("*")):
        wanted = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted


def test_a_new_release_stands_beside_the_old_one(catalogue, built):
    old = catalogue.publish(built, record_of(built))
    (built / "more.txt").write_text("more")
    new = catalogue.publish(built, record_of(built, content="b" * 64))
    assert catalogue.course("tiny") == new
    assert old.path.is_dir()
    assert not (old.path / "more.txt").exists()


def test_going_back_to_a_release_changes_no_file_of_it(catalogue, built):
    old = catalogue.publish(built, record_of(built))
    before = (old.path / "record.json").stat()
    catalogue.publish(built, record_of(built, content="b" * 64))
    assert catalogue.publish(built, record_of(built)) == old
    assert (old.path / "record.json").stat() == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcome": Outcome.FAILED}, "its record says failed"),
        ({"outcome": Outcome.NOT_VALIDATED}, "its record says not validated"),
        ({"lessons": ()}, "0 of 1 lessons"),
        ({"course": "other"}, "is for other 1.2.3"),
        ({"version": "1.2.4"}, "is for tiny 1.2.4"),
    ],
)
def test_without_a_pass_for_this_course_nothing_is_published(catalogue, built, changes, reason):
    with pytest.raises(InvalidInput, match=reason):
        catalogue.publish(built, record_of(built, **changes))
    assert catalogue.courses() == ()


@pytest.mark.parametrize("missing", ["record.json", "course.toml", "one.ipynb"])
def test_a_damaged_release_is_left_out_and_the_others_stay(catalogue, built, caplog, missing):
    published = catalogue.publish(built, record_of(built))
    (catalogue.path / "sound").mkdir()
    shutil.copytree(published.path, catalogue.path / "sound" / "1")
    toml = catalogue.path / "sound" / "1" / "course.toml"
    toml.write_text(toml.read_text().replace('id = "tiny"', 'id = "sound"'))
    (catalogue.path / "sound" / "current").symlink_to("1")
    (published.path / missing).unlink()

    assert [course.manifest.id for course in catalogue.courses()] == ["sound"]
    assert "tiny" in caplog.text


def test_publishing_again_mends_a_damaged_release(catalogue, built):
    published = catalogue.publish(built, record_of(built))
    (published.path / "one.ipynb").unlink()
    catalogue.publish(built, record_of(built))
    assert catalogue.course("tiny") == published


@pytest.mark.parametrize("name", ["..", "../tiny", "tiny/../tiny", "", ".draft-x", "Tiny", "\0"])
def test_an_id_from_a_browser_leads_nowhere_else(catalogue, built, name):
    catalogue.publish(built, record_of(built))
    assert catalogue.course(name) is None


def test_readers_never_see_half_a_release(catalogue, built):
    # given: readers that look all the time
    (built / "content.txt").write_text("a" * 12)
    catalogue.publish(built, record_of(built))
    done, seen, wrong = threading.Event(), set(), []

    def read():
        while not done.is_set():
            course = catalogue.course("tiny")
            content = (course.path / "content.txt").read_text() if course else None
            if course is None or not course.release.endswith(content):
                wrong.append(course)
            else:
                seen.add(course.release)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    # when: forty releases come, some of them again
    for number in range(40):
        letter = "abcdef"[number % 6]
        (built / "content.txt").write_text(letter * 12)
        catalogue.publish(built, record_of(built, content=letter * 64))
    done.set()
    for reader in readers:
        reader.join(10)
    # then
    assert wrong == []
    assert len(seen) > 1


def test_publishers_at_once_leave_one_whole_release_and_no_draft(catalogue, built):
    record = record_of(built)
    publishers = [
        threading.Thread(target=catalogue.publish, args=(built, record)) for _ in range(4)
    ]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join(20)
    assert catalogue.course("tiny") is not None
    assert sorted(path.name for path in (catalogue.path / "tiny").iterdir()) == [
        "1.2.3-aaaaaaaaaaaa",
        "current",
    ]
