"""What Slurm's commands print, as recorded (22.05): whole, cut, and garbage."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spawners.batch.command import Answer
from spawners.batch.slurm_facts import (
    read_associations,
    read_config,
    read_duration,
    read_gpus,
    read_nodes,
    read_partitions,
    read_reservations,
    read_start,
    read_time,
)
from spawners.errors import BatchUnavailable

SINFO = """\
cpu1|cpu*|idle|0/16/0/16|64000|0|(null)|gpu:0|
gpu1|gpu|mixed|16/48/0/64|400000|32768|gpu:a100:4(S:0-1)|gpu:a100:3(IDX:0-2)|
gpu2|gpu|drained|0/0/64/64|400000|0|gpu:a100:4|gpu:a100:0(IDX:N/A)|
gpu3|gpu|idle*|0/64/0/64|400000|0|gpu:a100:4|gpu:a100:0(IDX:N/A)|
gpu4|gpu|planned|0/64/0/64|400000|0|gpu:a100:4|gpu:a100:0(IDX:N/A)|
gpu5|gpu|idle~|0/64/0/64|400000|0|gpu:a100:4|gpu:a100:0(IDX:N/A)|
"""
PARTITIONS = """\
PartitionName=cpu AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES QoS=N/A DefaultTime=01:00:00 DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO MaxNodes=UNLIMITED MaxTime=1-00:00:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED Nodes=cpu1 PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF State=UP TotalCPUs=16 TotalNodes=1 SelectTypeParameters=NONE JobDefaults=(null) DefMemPerNode=UNLIMITED MaxMemPerNode=UNLIMITED TRES=cpu=16,mem=62.50G,node=1,billing=16
PartitionName=gpu AllowGroups=ALL AllowAccounts=p200001,p200002 AllowQos=short,default AllocNodes=ALL Default=NO QoS=N/A DefaultTime=01:00:00 MaxTime=UNLIMITED Nodes=gpu[1-2] State=DRAIN TotalCPUs=128 TotalNodes=2
"""  # noqa: E501  as Slurm prints it
RESERVATIONS = """\
ReservationName=class-a StartTime=1795462365 EndTime=1795464165 Duration=00:30:00 Nodes=gpu1 NodeCnt=1 CoreCnt=64 Features=(null) PartitionName=(null) Flags=SPEC_NODES TRES=cpu=64 Users=trainee01 Groups=(null) Accounts=(null) Licenses=(null) State=ACTIVE BurstBuffer=(null) Watts=n/a MaxStartDelay=(null)
ReservationName=later StartTime=2026-11-23T21:32:45 EndTime=2026-11-23T22:02:45 Duration=00:30:00 Nodes=gpu1 NodeCnt=1 CoreCnt=64 Features=(null) PartitionName=gpu Flags= TRES=cpu=64 Users=trainee02,trainee03 Groups=(null) Accounts=p200001 Licenses=(null) State=INACTIVE BurstBuffer=(null) Watts=n/a MaxStartDelay=(null)
"""  # noqa: E501
# As sacctmgr(1) describes it: the accounts of two clusters in one database, one for a partition.
ASSOCIATIONS = """\
ada|p200001|onebox|p200001||default,short
ada|p200001|onebox|p200002|gpu|short
ada|p200001|elsewhere|p200003||default
bob||onebox|p200002||
"""


def test_each_node_says_what_it_has_and_what_is_free() -> None:
    cpu, mixed, *_ = read_nodes(Answer(0, SINFO, ""))

    assert (cpu.name, cpu.partition, cpu.default, cpu.gpus) == ("cpu1", "cpu", True, 0)
    assert (mixed.partition, mixed.default, mixed.usable) == ("gpu", False, True)
    assert (mixed.cpus, mixed.cpus_free, mixed.gpus, mixed.gpus_free) == (64, 48, 4, 1)
    assert (mixed.memory_mib, mixed.memory_free_mib) == (400000, 367232)


def test_nodes_that_are_away_or_kept_are_not_usable() -> None:
    usable = {node.name: node.usable for node in read_nodes(Answer(0, SINFO, ""))}

    assert [name for name, good in usable.items() if good] == ["cpu1", "gpu1", "gpu5"]


@pytest.mark.parametrize(
    ("gres", "count"),
    [
        ("(null)", 0),
        ("gpu:0", 0),
        ("gpu:4", 4),
        ("gpu:a100:4(S:0-1)", 4),
        ("gpu:a100:2(IDX:0,2),gpu:h100:1(IDX:1),shard:8", 3),
        ("craynetwork:4,gpu:mi250:8", 8),
        ("gpu", 0),
    ],
)
def test_gpus_are_counted(gres: str, count: int) -> None:
    assert read_gpus(gres) == count


@pytest.mark.parametrize("out", ["", "garbage\n", SINFO[:20], "\n\n", "gpu1|gpu|mixed|16/48\n"])
def test_an_answer_without_a_node_is_no_answer(out: str) -> None:
    with pytest.raises(BatchUnavailable):
        read_nodes(Answer(0, out, ""))


@given(st.integers(0, len(SINFO)))
def test_a_cut_answer_of_sinfo_is_a_part_of_the_whole(cut: int) -> None:
    whole = read_nodes(Answer(0, SINFO, ""))
    try:
        found = read_nodes(Answer(0, SINFO[:cut], ""))
    except BatchUnavailable:
        return

    assert found == whole[: len(found)]


def test_a_partition_says_whom_it_takes_and_for_how_long() -> None:
    cpu, gpu = read_partitions(PARTITIONS)

    assert (cpu.default, cpu.max_time_s, cpu.accounts, cpu.qos) == (True, 86400, None, None)
    assert (cpu.takes_jobs, cpu.runs_jobs) == (True, True)
    assert (gpu.max_time_s, gpu.accounts) == (None, ("p200001", "p200002"))
    assert gpu.qos == ("short", "default")
    assert (gpu.takes_jobs, gpu.runs_jobs) == (False, True)


def test_a_reservation_says_when_and_for_whom() -> None:
    running, later = read_reservations(RESERVATIONS)

    assert (running.name, running.start, running.users) == ("class-a", 1795462365, ("trainee01",))
    assert (running.partition, running.accounts) == (None, ())
    assert later.users == ("trainee02", "trainee03")
    assert (later.partition, later.accounts) == ("gpu", ("p200001",))
    assert later.start == datetime.fromisoformat("2026-11-23T21:32:45").timestamp()


def test_no_reservation_is_none() -> None:
    assert read_reservations("No reservations in the system\n") == ()


def test_a_reservation_for_a_group_says_so() -> None:
    (one, _) = read_reservations(RESERVATIONS.replace("Groups=(null)", "Groups=class", 1))

    assert one.other_rules


def test_the_accounts_are_those_of_this_cluster() -> None:
    first, second, bob = read_associations(ASSOCIATIONS, "onebox")

    assert (first.user, first.account, first.qos) == ("ada", "p200001", ("default", "short"))
    assert (first.default_account, first.partition) == (True, None)
    assert (second.partition, second.default_account) == ("gpu", False)
    assert (bob.account, bob.qos, bob.default_account) == ("p200002", (), False)


@given(st.text())
def test_garbage_allows_nothing_and_breaks_nothing(out: str) -> None:
    assert read_partitions(out) == ()
    assert read_reservations(out) == ()
    assert read_associations(out, "onebox") == ()


@pytest.mark.parametrize("text", [PARTITIONS, RESERVATIONS, ASSOCIATIONS])
@given(data=st.data())
def test_a_cut_answer_says_nothing_that_the_whole_does_not(text: str, data: st.DataObject) -> None:
    cut = text[: data.draw(st.integers(0, len(text)))]

    for read in (read_partitions, read_reservations, lambda out: read_associations(out, "onebox")):
        whole = read(text)
        assert read(cut) == whole[: len(read(cut))]


def test_a_cluster_says_its_name_and_whether_it_keeps_accounts() -> None:
    out = "AccountingStorageType   = accounting_storage/none\nClusterName             = onebox\n"

    assert read_config(out)["ClusterName"] == "onebox"
    with pytest.raises(BatchUnavailable):
        read_config(out[:-3])


def test_a_start_is_read_from_what_sbatch_says() -> None:
    said = "sbatch: Job 5 to start at {} using 4 processors on nodes gpu2 in partition gpu"
    local = "2026-11-23T19:44:47"

    assert read_start(Answer(0, "", said.format("1795463087"))) == 1795463087
    expected = datetime.fromisoformat(local).timestamp()
    assert read_start(Answer(0, "", said.format(local))) == expected


def test_what_no_node_can_take_has_no_start() -> None:
    said = "allocation failure: Requested node configuration is not available"

    assert read_start(Answer(1, "", said)) is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(1, "", "allocation failure: Invalid partition name specified"),
        Answer(1, "", "allocation failure: Unable to contact slurm controller (connect failure)"),
        Answer(0, "", ""),
        Answer(0, "", "sbatch: Job 5 to start at never using 4"),
    ],
)
def test_anything_else_is_no_answer(answer: Answer) -> None:
    with pytest.raises(BatchUnavailable):
        read_start(answer)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1-00:00:00", 86400),
        ("06:00:00", 21600),
        ("UNLIMITED", None),
        ("", None),
        ("0:00:00", None),
    ],
)
def test_a_time_limit_is_read_in_seconds(text: str, seconds: int | None) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "Unknown", "9999999999999", "2026-13-01T00:00:00"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text) is None
