"""The commands of releases, killed at every change that they make in the file system."""

import itertools

import pytest
from release_site import ACTS, FILES, ReleaseSite
from stopping import killed_at

from courses.releases import drafts


@pytest.mark.parametrize("act", [*ACTS, *FILES])
def test_killed_at_any_moment_it_is_as_before_or_done_and_goes_well_the_next_time(
    release_site: ReleaseSite, act, monkeypatch
):
    # given what the command comes to when nobody kills it, and no patience with leftovers
    monkeypatch.setattr(drafts, "DEAD_DRAFT_S", -1.0)
    monkeypatch.setattr(drafts, "STRANGE_DRAFT_S", -1.0)
    site = release_site
    site.prepare(act)
    site.again()
    before = site.offered, site.files
    assert site.act(act) == "done"
    after = site.offered, site.files
    names = site.names
    seen = set()
    for step in itertools.count(1):
        # when it is killed a little later each time
        site.again()
        killed = killed_at(step, lambda: site.act(act))
        # then readers have the old or the new
        assert site.offered in (before[0], after[0])
        if act == "build" and site.written[act].exists():
            built = [one for one in site.files if one.startswith("out/built")]
            assert built == after[1]
        seen.add(site.offered)
        if not killed:
            break
        # and it goes well the next time, which finds it done or does it, and leaves nothing behind
        said = site.act(act)
        assert said == "done" or "already" in said or "not empty" in said
        assert (site.offered, site.files) == after
        assert site.names == names
    assert seen == {before[0], after[0]}
    assert step > 4


def test_a_rollback_that_was_killed_half_way_can_be_withdrawn(release_site: ReleaseSite):
    # given that trainees get a version that is marked: the mark was about to be taken away
    site = release_site
    site.prepare("roll back withdrawn")
    mark = (site.home / "1.1.0.withdrawn").read_bytes()
    assert site.act("roll back withdrawn") == "done"
    (site.home / "1.1.0.withdrawn").write_bytes(mark)
    assert site.offered == "1.1.0"
    # when
    assert site.act("withdraw") == "done"
    # then
    assert site.offered == "1.0.0"


def test_a_release_that_nobody_ever_got_goes_but_not_one_that_was_published(
    release_site: ReleaseSite, monkeypatch
):
    # given a publisher that was killed before the claim, and a claim that somebody has removed
    site = release_site
    (site.home / "1.2.0-0123456789ab").mkdir()
    (site.home / "1.0.0").unlink()
    kept = set(site.names) - {"1.2.0-0123456789ab"}
    # when somebody publishes right after, then
    assert site.act("publish") == "done"
    assert "1.2.0-0123456789ab" in site.names
    # and a day later
    monkeypatch.setattr(drafts, "STRANGE_DRAFT_S", -1.0)
    assert site.act("publish") == "done"
    assert "1.2.0-0123456789ab" not in site.names
    assert kept < set(site.names)
