"""The commands of releases, where the file system refuses what they write, at every moment."""

import errno
import itertools
import os
import re

import pytest
from release_site import ACTS, FILES, ReleaseSite
from stopping import refused_at


@pytest.mark.parametrize("act", [*ACTS, *FILES])
@pytest.mark.parametrize(
    ("number", "once"),
    [(errno.ENOSPC, False), (errno.EDQUOT, True)],
    ids=["disk full from then on", "one change refused"],
)
def test_what_is_refused_is_said_and_nothing_has_changed(
    release_site: ReleaseSite, act, number, once
):
    site = release_site
    site.prepare(act)
    site.again()
    before = site.state
    refusals = 0
    for step in itertools.count(1):
        # when the file system refuses it a little later each time
        site.again()
        said = refused_at(step, number, lambda: site.act(act), once=once)
        if said is None:
            break
        # then it is said, with what to do, and all is as before: or it was of no consequence
        if said != "done":
            refusals += 1
            assert re.search(
                rf"{site.folder}/\S+: cannot be (read or written|written|unpacked)", said
            )
            assert os.strerror(number) in said
            assert "room" in said
            assert "\n" not in said
            assert site.state == before
    assert refusals > 1
