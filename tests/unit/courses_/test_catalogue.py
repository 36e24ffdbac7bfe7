import os
import shutil
import stat
import time

import pytest
from passing import passing_record
from published import TRUST, publish

from courses.authoring import sums
from courses.authoring.manifest import load
from courses.catalogue import Catalogue
from courses.releases.history import whoami
from courses.validation.record import LessonResult, Outcome
from spawners.errors import InvalidInput


@pytest.fixture
def built(maker):
    return maker.lesson([maker.code("1")])


@pytest.fixture
def catalogue(tmp_path):
    return Catalogue(tmp_path / "catalogue")


@pytest.fixture
def put(catalogue, built):
    """Publish a version of the course; its content is its letter."""

    def put(version="1.2.3", letter="a"):
        toml = built / "course.toml"
        text = toml.read_text().replace(
            f'version = "{load(built).version}"', f'version = "{version}"'
        )
        toml.write_text(text)
        (built / "content.txt").write_text(letter)
        record = passing_record(load(built))
        return publish(catalogue, built, record.model_copy(update={"content_hash": letter * 64}))

    return put


def offered(catalogue):
    course = catalogue.course("tiny")
    return course.manifest.version if course else None


def test_an_empty_catalogue_has_no_courses(catalogue):
    assert catalogue.courses() == ()
    assert catalogue.course("tiny") is None
    assert catalogue.versions("tiny") == ()


def test_a_published_course_is_found_with_its_release_and_date(catalogue, put):
    published = put()

    assert catalogue.courses() == (published,)
    assert catalogue.course("tiny") == published
    assert published.release == "1.2.3-aaaaaaaaaaaa"
    assert published.validated_at == "2026-11-23T10:01:00+00:00"
    assert str(published.manifest.title) == "Tiny"
    assert (published.path / "one.ipynb").is_file()
    assert not published.path.is_symlink()


def test_trainees_may_read_all_of_it_whatever_the_publishers_umask(catalogue, built, put):
    (built / "one.ipynb").chmod(0o600)
    before = os.umask(0o077)
    try:
        published = put()
    finally:
        os.umask(before)
    for path in (published.path.parent, published.path, *published.path.rglob("*")):
        wanted = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted


def test_versions_stand_side_by_side_and_the_newest_is_current(catalogue, put):
    old, new = put("1.9.0", "a"), put("1.10.0", "b")
    assert catalogue.course("tiny") == new
    assert catalogue.versions("tiny") == ("1.10.0", "1.9.0")
    assert (old.path / "content.txt").read_text() == "a"
    assert [(one.version, one.current) for one in catalogue.releases("tiny")] == [
        ("1.10.0", True),
        ("1.9.0", False),
    ]


def test_an_older_version_that_is_published_later_stands_beside_the_newer(catalogue, put):
    put("2.0.0", "a")
    put("1.0.1", "b")
    assert offered(catalogue) == "2.0.0"
    assert catalogue.versions("tiny") == ("2.0.0", "1.0.1")


def test_publishing_the_same_again_changes_no_file(catalogue, put):
    old = put()
    before = (old.path / "record.json").stat()
    assert put() == old
    assert (old.path / "record.json").stat() == before


def test_a_version_never_gets_other_content(catalogue, put):
    old = put("1.2.3", "a")
    with pytest.raises(InvalidInput, match="published already, with other content") as caught:
        put("1.2.3", "b")
    assert "raise `version`" in caught.value.hint
    assert catalogue.course("tiny") == old
    assert not (old.path.parent / "1.2.3-bbbbbbbbbbbb").exists()


def test_not_even_where_the_first_twelve_digits_are_the_same(catalogue, built, put):
    old = put("1.2.3", "a")
    record = passing_record(load(built)).model_copy(update={"content_hash": "a" * 63 + "b"})
    with pytest.raises(InvalidInput, match="with other content"):
        publish(catalogue, built, record)
    assert catalogue.course("tiny") == old


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
        publish(catalogue, built, passing_record(load(built)).model_copy(update=changes))
    assert catalogue.courses() == ()


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.PASSED])
def test_a_lesson_that_did_not_pass_is_not_outvoted_by_its_double(catalogue, built, outcome):
    record = passing_record(load(built))
    double = LessonResult(lesson="one", notebook="one.ipynb", outcome=outcome)
    record = record.model_copy(update={"lessons": (*record.lessons, double)})
    with pytest.raises(InvalidInput, match="is not published"):
        publish(catalogue, built, record)


@pytest.mark.parametrize("missing", ["record.json", "sums.json", "course.toml", "one.ipynb"])
def test_a_damaged_release_is_left_out_and_the_others_stay(catalogue, built, put, caplog, missing):
    published = put()
    toml = built / "course.toml"
    toml.write_text(toml.read_text().replace('id = "tiny"', 'id = "sound"'))
    publish(catalogue, built)
    (published.path / missing).unlink()

    assert [course.manifest.id for course in catalogue.courses()] == ["sound"]
    assert "tiny" in caplog.text


def test_a_byte_that_changes_later_is_noticed_even_with_its_time_set_back(catalogue, put):
    # given a release that was read before
    published = put()
    path = published.path / "content.txt"
    assert catalogue.course("tiny") == published
    before = path.stat()
    # when
    path.write_text("b")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    # then
    assert catalogue.course("tiny") is None


def test_a_release_of_another_course_in_this_ones_place_is_left_out(catalogue, put):
    published = put()
    shutil.copytree(published.path.parent, catalogue.path / "other", symlinks=True)
    assert [course.manifest.id for course in catalogue.courses()] == ["tiny"]


def test_publishing_again_mends_a_damaged_release(catalogue, put):
    published = put()
    (published.path / "one.ipynb").unlink()
    put()
    assert catalogue.course("tiny") == published


def test_publishing_again_replaces_what_nobody_vouches_for(catalogue, put):
    # given a release that somebody changed, who wrote its sums again, too
    published = put()
    (published.path / "content.txt").write_text("x")
    sums.write(published.path, "a" * 64)
    # when
    put()
    # then
    assert (published.path / "content.txt").read_text() == "a"


@pytest.mark.parametrize("name", ["..", "../tiny", "tiny/../tiny", "", ".draft-x", "Tiny", "\0"])
def test_an_id_from_a_browser_leads_nowhere_else(catalogue, put, name):
    put()
    assert catalogue.course(name) is None


@pytest.mark.parametrize("name", ["..", "../tiny", "", "/etc", "Tiny", "tiny\n"])
def test_an_id_or_version_on_the_command_line_leads_nowhere_else(catalogue, put, name):
    put()
    for act in (
        lambda: catalogue.withdraw(name, None, ""),
        lambda: catalogue.rollback(name, "1.2.3", TRUST.require),
        lambda: catalogue.rollback("tiny", name, TRUST.require),
        lambda: catalogue.to_export(name, None),
        lambda: catalogue.release("tiny", name),
    ):
        with pytest.raises(InvalidInput):
            act()
    assert offered(catalogue) == "1.2.3"


@pytest.mark.parametrize("id_", ["../../evil", "/evil", "a/b", ".."])
def test_a_course_whose_id_is_a_path_is_not_published(catalogue, built, tmp_path, id_):
    record = passing_record(load(built))
    toml = built / "course.toml"
    toml.write_text(toml.read_text().replace('id = "tiny"', f'id = "{id_}"'))
    with pytest.raises(InvalidInput, match="id:"):
        publish(catalogue, built, record)
    assert not catalogue.path.exists()


def test_withdrawing_a_version_offers_the_newest_that_remains(catalogue, put):
    put("1.0.0", "a"), put("1.1.0", "b"), put("2.0.0", "c")
    gone = next(one for one in catalogue.releases("tiny") if one.current)

    assert catalogue.withdraw("tiny", "2.0.0", "a wrong figure") == ("2.0.0",)

    assert offered(catalogue) == "1.1.0"
    assert catalogue.versions("tiny") == ("1.1.0", "1.0.0")
    assert (gone.path / "content.txt").read_text() == "c"
    mark = catalogue.release("tiny", "2.0.0").withdrawn
    assert (mark.reason, mark.by) == ("a wrong figure", whoami())


def test_withdrawing_another_version_leaves_the_current_one(catalogue, put):
    put("1.0.0", "a"), put("2.0.0", "b")
    catalogue.withdraw("tiny", "1.0.0", "")
    assert offered(catalogue) == "2.0.0"


def test_what_remains_is_offered_only_if_it_is_whole(catalogue, put):
    put("1.0.0", "a")
    (put("1.1.0", "b").path / "content.txt").write_text("x")
    put("2.0.0", "c")
    catalogue.withdraw("tiny", "2.0.0", "")
    assert offered(catalogue) == "1.0.0"


def test_a_withdrawn_course_is_not_offered_and_says_so_when_it_is_withdrawn_again(catalogue, put):
    put("1.0.0", "a"), put("2.0.0", "b")
    assert catalogue.withdraw("tiny", None, "") == ("2.0.0", "1.0.0")
    assert catalogue.courses() == ()
    with pytest.raises(InvalidInput, match="withdrawn already"):
        catalogue.withdraw("tiny", None, "")
    with pytest.raises(InvalidInput, match="there is no course"):
        catalogue.withdraw("other", None, "")
    assert not (catalogue.path / "other").exists()


def test_what_was_withdrawn_does_not_come_back_by_publishing_it(catalogue, put):
    put("1.0.0", "a")
    catalogue.withdraw("tiny", "1.0.0", "no licence")
    with pytest.raises(InvalidInput, match="no licence"):
        put("1.0.0", "a")
    with pytest.raises(InvalidInput, match="no licence"):
        put("1.0.0", "b")
    assert offered(catalogue) is None
    put("1.0.1", "c")
    assert offered(catalogue) == "1.0.1"


def test_rolling_back_makes_an_earlier_version_current_until_a_newer_comes(catalogue, put):
    first = put("1.0.0", "a")
    put("2.0.0", "b")
    assert catalogue.rollback("tiny", "1.0.0", TRUST.require) == first
    assert catalogue.course("tiny") == first
    put("2.0.1", "c")
    assert offered(catalogue) == "2.0.1"


def test_rolling_back_verifies_every_byte_first(catalogue, put):
    (put("1.0.0", "a").path / "content.txt").write_text("x")
    put("2.0.0", "b")
    with pytest.raises(InvalidInput, match=r"content\.txt: changed"):
        catalogue.rollback("tiny", "1.0.0", TRUST.require)
    assert offered(catalogue) == "2.0.0"


def test_rolling_back_to_a_withdrawn_version_has_to_be_meant(catalogue, put):
    put("1.0.0", "a"), put("2.0.0", "b")
    catalogue.withdraw("tiny", "1.0.0", "no licence")
    with pytest.raises(InvalidInput, match="no licence"):
        catalogue.rollback("tiny", "1.0.0", TRUST.require)
    catalogue.rollback("tiny", "1.0.0", TRUST.require, even_withdrawn=True)
    assert offered(catalogue) == "1.0.0"
    assert catalogue.versions("tiny") == ("2.0.0", "1.0.0")


def test_rolling_back_does_not_undo_what_is_withdrawn_meanwhile(catalogue, put):
    # given somebody who withdraws the version while it is being verified
    put("1.0.0", "a"), put("2.0.0", "b")

    def vouch(*proven):
        TRUST.require(*proven)
        if not catalogue.release("tiny", "1.0.0").withdrawn:
            catalogue.withdraw("tiny", "1.0.0", "no licence")

    # when, then
    with pytest.raises(InvalidInput, match="no licence"):
        catalogue.rollback("tiny", "1.0.0", vouch)
    assert offered(catalogue) == "2.0.0"
    assert catalogue.release("tiny", "1.0.0").withdrawn


def test_the_history_says_what_was_done_by_whom_also_after_a_line_was_cut(catalogue, put):
    put("1.0.0", "a"), put("2.0.0", "b")
    catalogue.withdraw("tiny", "2.0.0", "two\nlines\u2028or three")
    with (catalogue.path / "tiny" / "history.jsonl").open("a") as file:
        file.write('{"what": "publ\n')
    catalogue.rollback("tiny", "2.0.0", TRUST.require, even_withdrawn=True)

    done = catalogue.history("tiny")

    assert [(one.what, one.version) for one in done] == [
        ("published", "1.0.0"),
        ("published", "2.0.0"),
        ("withdrawn", "2.0.0"),
        ("rolled back", "2.0.0"),
    ]
    assert {one.by for one in done} == {whoami()}
    assert done[2].reason == "two\nlines\u2028or three"
    assert done[0].release == "1.0.0-aaaaaaaaaaaa"


def test_what_was_published_need_not_be_again_unless_it_is_damaged(catalogue, put):
    old, _ = put("1.0.0", "a"), put("2.0.0", "b")
    catalogue.rollback("tiny", "1.0.0", TRUST.require)
    catalogue.withdraw("tiny", "2.0.0", "")
    assert [catalogue.has("tiny", letter * 64) for letter in "abc"] == [True, True, False]
    (old.path / "content.txt").write_text("x")
    assert not catalogue.has("tiny", "a" * 64)
    assert not catalogue.has("other", "a" * 64)


def test_drafts_of_the_dead_are_cleaned_up(catalogue, put):
    home = put("1.0.0", "a").path.parent
    for name in (".draft-else.where-7-old", ".draft-else.where-7-new"):
        (home / name).mkdir()
        (home / name / "half").write_text("")
    os.utime(home / ".draft-else.where-7-old", (0, 0))
    # when
    put("1.1.0", "b")
    # then
    assert [path.name for path in home.glob(".draft-*")] == [".draft-else.where-7-new"]


def test_twenty_courses_are_listed_in_no_time_once_they_were_read(catalogue, built):
    # given twenty courses of thirty files
    for number in range(29):
        (built / f"data-{number}.txt").write_text("x" * 10_000)
    text = (built / "course.toml").read_text()
    for number in range(20):
        (built / "course.toml").write_text(text.replace('id = "tiny"', f'id = "course-{number}"'))
        publish(catalogue, built)
    assert len(catalogue.courses()) == 20
    # when
    took = []
    for _ in range(10):
        start = time.perf_counter()
        catalogue.courses()
        took.append(time.perf_counter() - start)
    # then: the best of ten, because this machine may be busy with other things
    assert min(took) < 0.02
