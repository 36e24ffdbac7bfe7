import multiprocessing
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from courses.authoring import sums
from courses.validation import signing
from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord
from spawners.errors import InvalidInput

OLD = """{"format":1,"course":"tiny","version":"1.2.3","content_hash":"%s","machine":"here",
"started_at":"2026-01-01T00:00:00+00:00","validated_at":"2026-01-01T00:01:00+00:00","seconds":60.5,
"outcome":"passed","lessons":[{"lesson":"one","notebook":"one.ipynb","outcome":"passed",
"seconds":1.25}],"key":"%s","signature":"%s"}"""
"""As it was written when a lesson had only these fields."""
OLD_KEY = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
OLD_SIGNATURE = (
    "f83954df4ca16ffbe85720ed2ffc5ca97f607b0ecb4fcdc348ebe64b52b8013e"
    "151053b60d0525ba6f3e097acfa9316fe99775115820ff1d5617b79cd9e3bc0d"
)


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "aifactory-onboarding"


@pytest.fixture
def record():
    cell = CellResult(
        id="a", line=3, outcome=Outcome.PASSED, outputs=({"data": {"x/y": float("nan")}},)
    )
    lesson = LessonResult(
        lesson="one", notebook="one.ipynb", outcome=Outcome.PASSED, seconds=0.1, cells=(cell,)
    )
    return ValidationRecord(
        course="tiny",
        version="1.2.3",
        content_hash="a" * 64,
        machine="here",
        started_at="2026-01-01T00:00:00+00:00",
        validated_at="2026-01-01T00:01:00+00:00",
        seconds=60,
        outcome=Outcome.PASSED,
        lessons=(lesson,),
    )


def refused(record, trust):
    with pytest.raises(InvalidInput) as caught:
        trust.require(record, "r.json")
    return str(caught.value)


def test_ones_own_record_is_trusted_also_after_it_was_a_file(record):
    mine = signing.signed(record)
    read_back = ValidationRecord.model_validate_json(mine.model_dump_json(indent=2))
    signing.trust([]).require(read_back, "r.json")


def test_the_key_is_made_once_and_is_mine_alone(record, config):
    first, second = signing.signed(record), signing.signed(record)
    assert first == second
    assert stat.S_IMODE((config / "validation.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert [path.name for path in config.iterdir()] == ["validation.key"]


def test_looking_at_records_makes_no_key(config):
    assert signing.trust(["a" * 64]).keys == {"a" * 64}
    assert not config.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Outcome.FAILED},
        {"content_hash": "b" * 64},
        {"version": "1.2.4"},
        {"lessons": ()},
        {"validated_at": "2027-01-01T00:01:00+00:00"},
        {"seconds": 61},
    ],
)
def test_whatever_is_edited_breaks_the_signature(record, change):
    forged = signing.signed(record).model_copy(update=change)
    assert "changed after it was signed" in refused(forged, signing.trust([]))


def test_the_signature_of_another_record_is_none_for_this_one(record):
    other = signing.signed(record.model_copy(update={"version": "9.9.9"}))
    forged = record.model_copy(update={"key": other.key, "signature": other.signature})
    assert "changed after it was signed" in refused(forged, signing.trust([]))


def test_an_unsigned_record_is_not_trusted(record):
    assert "is not signed" in refused(record, signing.trust([]))
    half = record.model_copy(update={"key": signing.public(signing.own_key())})
    assert "is not signed" in refused(half, signing.trust([]))


def test_a_stranger_is_trusted_once_the_site_lists_their_key(record):
    stranger = Ed25519PrivateKey.generate()
    theirs = signing.signed(record, stranger)
    said = refused(theirs, signing.trust([]))
    assert "not trusted here" in said
    assert signing.public(stranger) in said
    signing.trust([signing.public(stranger)]).require(theirs, "r.json")


@pytest.mark.parametrize("key", ["", "zz", "aa", "A" * 64, "é" * 64, "0" * 64])
def test_what_is_no_key_or_signature_is_refused_in_words(record, key):
    mine = signing.signed(record)
    refused(mine.model_copy(update={"key": key}), signing.Trust(frozenset({key})))
    refused(mine.model_copy(update={"signature": key}), signing.trust([]))


def test_signed_sums_are_no_record_and_say_what_they_cover(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    mine = signing.signed(sums.write(tmp_path, "a" * 64))
    signing.trust([]).require(mine, "sums.json")
    forged = mine.model_copy(update={"content_hash": "b" * 64})
    assert "changed after it was signed" in refused(forged, signing.trust([]))


def test_a_record_that_was_signed_before_fields_were_added_still_counts():
    old = ValidationRecord.model_validate_json(OLD % ("a" * 64, OLD_KEY, OLD_SIGNATURE))
    signing.Trust(frozenset({OLD_KEY})).require(old, "r.json")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_is_refused_with_the_way_to_mend_it(record, config, mode):
    signing.own_key()
    (config / "validation.key").chmod(mode)
    with pytest.raises(InvalidInput) as caught:
        signing.signed(record)
    assert f"chmod 600 {config / 'validation.key'}" in caught.value.hint


def test_a_key_of_another_user_is_not_mine(record, monkeypatch):
    signing.own_key()
    monkeypatch.setattr("os.geteuid", lambda: 4242)
    with pytest.raises(InvalidInput, match="belongs to another user"):
        signing.signed(record)


def test_a_folder_in_which_others_can_swap_the_key_is_refused(record, config):
    signing.own_key()
    config.chmod(0o777)
    with pytest.raises(InvalidInput, match="others can"):
        signing.signed(record)


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_broken_key_is_an_error_in_words(record, config, text):
    signing.own_key()
    (config / "validation.key").write_text(text)
    with pytest.raises(InvalidInput, match="not an Ed25519 private key"):
        signing.signed(record)


def test_without_a_place_for_the_key_there_is_an_error_in_words(record, config):
    config.parent.write_text("a file where the folder should be")
    with pytest.raises(InvalidInput, match="cannot be made"):
        signing.signed(record)


def _publics(ready, found):
    ready.wait()
    found.put(signing.public(signing.own_key()))


def test_many_who_start_at_once_end_up_with_one_key(config):
    # given
    fork = multiprocessing.get_context("fork")
    ready, found = fork.Barrier(6), fork.Queue()
    started = [fork.Process(target=_publics, args=(ready, found)) for _ in range(6)]
    # when
    for one in started:
        one.start()
    keys = {found.get(timeout=20) for _ in started}
    for one in started:
        one.join(20)
    # then
    assert keys == {signing.public(signing.own_key())}
    assert [path.name for path in config.iterdir()] == ["validation.key"]
