"""What `onboard course publish` and the catalogue's door refuse, each with its reason."""

import json
import os

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from passing import passing_record
from published import KEY, TRUST

from courses.authoring import sums
from courses.authoring.content import content_hash
from courses.authoring.manifest import load
from courses.catalogue import Catalogue
from courses.cli import course
from courses.releases.proof import seal
from courses.validation.record import LessonResult, Outcome
from courses.validation.signing import own_key, public, signed, trust
from spawners.errors import InvalidInput


class Site:
    """What a site lends: a machine, a folder, and whom it trusts."""

    def __init__(self, folder, machine):
        self.folder, self._machine, self.keys = folder, machine, ()

    def machine(self, name):
        return self._machine

    def catalogue(self, site):
        return self.folder / site

    def trusted_keys(self, site):
        return self.keys


@pytest.fixture
def site(tmp_path, machine, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Site(tmp_path, machine)


@pytest.fixture
def onboard(site):
    return lambda *words: CliRunner().invoke(course, [str(word) for word in words], obj=site)


@pytest.fixture
def source(maker):
    solved = "### BEGIN SOLUTION\nsecret = 6 * 7\n### END SOLUTION\nprint(secret)"
    return maker.lesson([maker.code(solved, "42\n")])


@pytest.fixture
def catalogue(site):
    return Catalogue(site.catalogue("local"))


@pytest.fixture
def record(source, site):
    """A record that says that this content passed, signed by whoever publishes."""
    passed = passing_record(load(source))
    return signed(passed.model_copy(update={"content_hash": content_hash(source)}))


@pytest.fixture
def publish_by(onboard, source, tmp_path):
    """Publish by a record; without one, by one that says that this content passed."""

    def publish_by(record=None):
        if record is None:
            passed = passing_record(load(source))
            record = signed(passed.model_copy(update={"content_hash": content_hash(source)}))
        (tmp_path / "record.json").write_text(record.model_dump_json())
        return onboard("publish", source, "--record", tmp_path / "record.json")

    return publish_by


@pytest.fixture
def release(source):
    """A release that is ready to be published."""
    (source / "notes").mkdir()
    (source / "notes" / "a.txt").write_text("some words")
    seal(source, "a" * 64, signed(passing_record(load(source)), KEY), KEY)
    return source


def reason(result):
    assert isinstance(result.exception, InvalidInput), result.output
    return result.exception.message


def test_a_record_of_ones_own_is_gone_by(publish_by, record, catalogue):
    result = publish_by(record)
    assert result.exit_code == 0, result.output
    published = catalogue.course("tiny")
    assert published.validated_at == record.validated_at
    assert sums.verify(published.path).content_hash == record.content_hash


def test_a_record_of_ci_counts_once_the_site_trusts_its_key(publish_by, record, site, catalogue):
    ci = Ed25519PrivateKey.generate()
    theirs = signed(record, ci)
    assert "a key that is not trusted here" in reason(publish_by(theirs))
    assert catalogue.courses() == ()
    site.keys = (public(ci),)
    assert publish_by(theirs).exit_code == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"signature": ""}, "is not signed"),
        ({"key": "", "signature": ""}, "is not signed"),
        ({"machine": "a better one"}, "changed after it was signed"),
        ({"signature": "00" * 64}, "changed after it was signed"),
        ({"content_hash": "b" * 64}, "for other content"),
    ],
)
def test_a_forged_record_is_refused(publish_by, record, catalogue, change, why):
    assert why in reason(publish_by(record.model_copy(update=change)))
    assert catalogue.courses() == ()


def test_a_failed_record_that_was_edited_to_passed_is_refused(publish_by, record, catalogue):
    failed = (record.lessons[0].model_copy(update={"outcome": Outcome.FAILED}),)
    honest = signed(record.model_copy(update={"outcome": Outcome.FAILED, "lessons": failed}))
    assert "its record says failed" in reason(publish_by(honest))

    forged = honest.model_copy(update={"outcome": Outcome.PASSED, "lessons": record.lessons})

    assert "changed after it was signed" in reason(publish_by(forged))
    assert catalogue.courses() == ()


def test_the_signature_of_another_record_is_refused(publish_by, record, catalogue):
    other = signed(record.model_copy(update={"machine": "another"}))
    forged = record.model_copy(update={"signature": other.signature})
    assert "changed after it was signed" in reason(publish_by(forged))
    assert catalogue.courses() == ()


def test_a_record_for_other_content_is_refused(publish_by, record, source, catalogue):
    (source / "notes.txt").write_text("one more word")
    assert "is for other content" in reason(publish_by(record))
    assert catalogue.courses() == ()


@pytest.mark.parametrize("name", sorted(sums.OWN_FILES))
def test_a_course_with_a_file_that_would_be_overwritten_is_refused(
    publish_by, source, catalogue, name
):
    (source / name).write_text("{}")
    assert f"{name}: a release has a file of its own of that name" in reason(publish_by())
    assert catalogue.courses() == ()


def test_a_record_that_does_not_know_every_lesson_is_refused(publish_by, record, catalogue):
    assert "0 of 1 lessons passed" in reason(
        publish_by(signed(record.model_copy(update={"lessons": ()})))
    )
    other = LessonResult(lesson="two", notebook="two.ipynb", outcome=Outcome.PASSED)
    swapped = signed(record.model_copy(update={"lessons": (other,)}))
    assert "is not published" in reason(publish_by(swapped))
    assert catalogue.courses() == ()


def test_one_byte_changed_anywhere_in_a_release_is_refused(release, catalogue):
    # given the release's files, but for the two that say what it is
    files = [path for path in release.rglob("*") if path.is_file()]
    for path in files:
        if path.name in sums.OWN_FILES:
            continue
        content = path.read_bytes()
        for place in range(0, len(content), max(1, len(content) // 20)):
            # when one byte changes, and the size does not
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            # then
            with pytest.raises(InvalidInput, match=f"{path.name}: changed: not what sums.json"):
                catalogue.publish(release, TRUST.require)
        path.write_bytes(content)
    assert catalogue.courses() == ()
    catalogue.publish(release, TRUST.require)


def test_every_byte_of_the_sums_and_the_record_counts(release, catalogue):
    for name in sums.OWN_FILES:
        path = release / name
        content = path.read_bytes()
        for place in range(len(content)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            # A blank of the layout may become another character that JSON skips: nothing is said
            # otherwise then. All else is refused.
            try:
                same = json.loads(path.read_bytes()) == json.loads(content)
            except ValueError:
                same = False
            if not same:
                with pytest.raises(InvalidInput):
                    catalogue.publish(release, TRUST.require)
        path.write_bytes(content)
    assert catalogue.courses() == ()


def test_new_sums_for_a_changed_release_need_a_trusted_signature(release, catalogue):
    (release / "notes" / "a.txt").write_text("other words")
    forged = sums.write(release, "a" * 64)
    with pytest.raises(InvalidInput, match=r"sums\.json: is not signed"):
        catalogue.publish(release, TRUST.require)
    sums.save(release, signed(forged, Ed25519PrivateKey.generate()))
    with pytest.raises(InvalidInput, match="a key that is not trusted here"):
        catalogue.publish(release, TRUST.require)


def test_a_record_for_other_content_does_not_fit_the_release(release, catalogue):
    other = passing_record(load(release)).model_copy(update={"content_hash": "b" * 64})
    (release / "record.json").write_text(signed(other, KEY).model_dump_json())
    with pytest.raises(InvalidInput, match="the validation record is for other content"):
        catalogue.publish(release, TRUST.require)


def _link(place):
    place.symlink_to("/etc/passwd")


def _text(place):
    place.write_text("extra")


def _writable(place):
    (place.parent / "a.txt").chmod(0o666)


def _setuid(place):
    (place.parent / "a.txt").chmod(0o4755)


@pytest.mark.parametrize(
    ("spoil", "name", "why"),
    [
        (_text, "notes/b.txt", "notes/b.txt: is not in sums.json"),
        (_text, "notes/.b.txt", "notes/.b.txt: hidden"),
        (_link, "notes/b.txt", "notes/b.txt: neither a file nor a folder"),
        (lambda place: os.mkfifo(place), "notes/b", "notes/b: neither a file nor a folder"),
        (lambda place: place.mkdir(), "notes/b", "notes/b: an empty folder"),
        (_text, "notes/b\x1b[31m", "not the name of a release's file"),
        (_text, "notes/b\udcff", "not the name of a release's file"),
        (lambda place: place.with_name("a.txt").unlink(), "notes/b", "notes/a.txt: is missing"),
        (_writable, "notes/b", "its mode 0666 is none for a release"),
        (_setuid, "notes/b", "its mode 4755 is none for a release"),
    ],
)
def test_what_no_release_may_hold_is_named(release, catalogue, spoil, name, why):
    spoil(release / name)
    with pytest.raises(InvalidInput) as caught:
        catalogue.publish(release, TRUST.require)
    assert why in caught.value.message
    assert caught.value.message.isprintable()
    assert catalogue.courses() == ()


@pytest.mark.parametrize("path", ["../x", "/x", "a/../x", "a//x", "", ".x", "a\\x", "a/./x", "x\n"])
def test_sums_that_name_files_elsewhere_are_refused(release, path):
    said = json.loads((release / "sums.json").read_text())
    said["files"][path] = {"sha256": "a" * 64, "size": 1}
    (release / "sums.json").write_text(json.dumps(said))
    with pytest.raises(InvalidInput, match="damaged"):
        sums.verify(release)


def test_a_version_that_is_taken_is_refused_before_anything_runs(
    onboard, publish_by, source, maker, site
):
    assert publish_by().exit_code == 0
    marker = site.folder / "ran"
    maker.lesson([maker.code(f"open({str(marker)!r}, 'w')")], id="two")
    result = onboard("publish", source)
    assert "published already, with other content" in reason(result)
    assert not marker.exists()


def test_an_edit_while_the_lessons_run_is_not_published(onboard, maker, catalogue):
    # given a lesson that, while it runs, changes its own source
    folder = maker.folder
    (folder / "notes.txt").write_text("as validated")
    maker.lesson([maker.code(f"n = open({str(folder / 'notes.txt')!r}, 'w').write('slipped in')")])
    # when
    result = onboard("publish", folder)
    # then
    assert result.exit_code == 0, result.output
    assert (folder / "notes.txt").read_text() == "slipped in"
    assert (catalogue.course("tiny").path / "notes.txt").read_text() == "as validated"


def test_who_has_no_place_for_a_key_can_check_but_not_publish(
    onboard, source, tmp_path, monkeypatch, catalogue
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert onboard("check", source).exit_code == 0
    assert "a signing key cannot be made" in reason(onboard("publish", source))
    assert "a signing key cannot be made" in reason(
        onboard("check", source, "--json", tmp_path / "r.json")
    )
    assert not (tmp_path / "r.json").exists()
    assert catalogue.courses() == ()


def test_the_key_that_one_tells_others_is_the_one_that_signs(onboard, record):
    result = onboard("key")
    assert result.output.strip() == record.key == public(own_key())


def to_version(source, version):
    toml = source / "course.toml"
    toml.write_text(toml.read_text().replace(load(source).version, version))


def test_withdraw_and_rollback_say_what_trainees_get(onboard, publish_by, source, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert "tiny has not been published for local" in onboard("releases", "tiny").output
    publish_by()
    to_version(source, "1.3.0")
    publish_by()

    result = onboard("withdraw", "tiny", "--version", "1.3.0", "--reason", "a [wrong] figure")
    assert "Withdrawn: tiny 1.3.0.\nTrainees get 1.2.3." in result.output
    assert "a [wrong] figure" in onboard("releases", "tiny").output
    assert "add --even-withdrawn" in onboard("rollback", "tiny", "1.3.0").exception.hint
    result = onboard("rollback", "tiny", "1.3.0", "--even-withdrawn")
    assert "Trainees get tiny 1.3.0" in result.output
    assert "tiny is not offered any more" in onboard("withdraw", "tiny").output


def test_an_older_version_is_published_beside_and_says_how_to_offer_it(publish_by, source):
    publish_by()
    to_version(source, "1.0.0")
    assert "onboard course rollback tiny 1.0.0" in publish_by().output


def test_rolling_back_needs_a_key_that_is_still_trusted(release, catalogue, site):
    catalogue.publish(release, TRUST.require)
    with pytest.raises(InvalidInput, match="a key that is not trusted here"):
        catalogue.rollback("tiny", "1.2.3", trust([]).require)
