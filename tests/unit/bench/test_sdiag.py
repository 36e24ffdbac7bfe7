"""What sdiag prints (22.05, recorded): by type and by user, without its own question."""

from __future__ import annotations

import pytest
from bench.sdiag import read

SAID = """\
Jobs submitted: 3
Remote Procedure Call statistics by message type
\tREQUEST_STATS_INFO                      ( 2035) count:1      ave_time:156    total_time:156
\tREQUEST_JOB_INFO                        ( 2003) count:12     ave_time:610    total_time:7320
\tREQUEST_PARTITION_INFO                  ( 2009) count:2      ave_time:171    total_time:342

Remote Procedure Call statistics by user
\troot            (       0) count:3      ave_time:312    total_time:937
\tonboard-hub     (     998) count:12     ave_time:312    total_time:937

Pending RPC statistics
\tNo pending RPCs
"""


def test_rpcs_are_counted_by_type_and_user() -> None:
    counts = read(SAID)

    assert counts.without_own() == {"REQUEST_JOB_INFO": 12, "REQUEST_PARTITION_INFO": 2}
    assert counts.by_user == {"root": 3, "onboard-hub": 12}


def test_a_table_that_follows_is_not_the_users() -> None:
    later = SAID + "\nRemote Procedure Call statistics pending\n\tX (  1) count:5 ave_time:1\n"

    assert "X" not in read(later).by_user


@pytest.mark.parametrize("out", ["", "sdiag: error", SAID.partition("by user")[0]])
def test_half_an_answer_is_refused(out: str) -> None:
    with pytest.raises(ValueError, match="statistics"):
        read(out)
