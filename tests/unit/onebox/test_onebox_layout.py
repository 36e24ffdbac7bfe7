"""What the cluster is made of, and the files that say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub_config.onebox import accounting, files
from hub_config.onebox.layout import Hardware, Layout


def test_every_node_has_a_name_a_port_and_an_address_of_its_own():
    layout = Layout(prefix="x-", base_port=20000, first_address=40)

    assert [node.name for node in layout.nodes] == ["x-cpu1", "x-gpu1", "x-gpu2"]
    assert [node.port for node in layout.nodes] == [20001, 20002, 20003]
    assert [node.address for node in layout.nodes] == ["127.0.0.40", "127.0.0.41", "127.0.0.42"]


def test_nodes_with_gpus_are_in_the_gpu_partition_and_cpu_is_the_default():
    queues = {queue.name: queue for queue in Layout().queues}

    assert queues["cpu"].nodes == ("cpu1",)
    assert queues["gpu"].nodes == ("gpu1", "gpu2")
    assert [queue.name for queue in queues.values() if queue.default] == ["cpu"]


def test_a_partition_without_nodes_is_left_out():
    layout = Layout(hardware=(Hardware(name="n", cpus=1, memory_mib=1000),))

    assert [queue.name for queue in layout.queues] == ["cpu"]
    assert layout.gpu_files == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": "a b"},
        {"prefix": "x\nNodeName=y"},
        {"trainees": ["root\nALL"]},
        {"trainees": ["%sudo"]},
        {"hub_user": "a, b"},
        {"gpu_type": "a100 File=/dev/sda"},
        {"nodes_of_mine": 1},
    ],
    ids=str,
)
def test_no_name_can_add_a_line_to_a_file(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        Layout.model_validate(wrong)


def test_slurm_conf_names_every_node_with_what_it_has():
    text = files.render("slurm.conf.j2", layout=Layout(), host="here")

    lines = text.splitlines()
    assert lines[0] == files.MARKER
    assert (
        "NodeName=gpu1 NodeHostname=here NodeAddr=127.0.0.1 Port=17002 CPUs=64 RealMemory=400000"
        " Gres=gpu:a100:4 State=UNKNOWN"
    ) in lines
    assert "PartitionName=cpu Nodes=cpu1 Default=YES MaxTime=1440 DefaultTime=60 State=UP" in lines
    assert "PartitionName=gpu Nodes=gpu1,gpu2 Default=NO MaxTime=1440 DefaultTime=60 State=UP" in (
        lines
    )


def test_every_gpu_names_a_file():
    lines = files.render("gres.conf.j2", layout=Layout()).splitlines()

    gpus = [line for line in lines if line.startswith("NodeName=")]
    assert len(gpus) == 8
    assert all("File=/var/lib/aifactory-onboarding/onebox/dev/gpu" in line for line in gpus)


@pytest.mark.parametrize(("unified", "plugin"), [(True, "cgroup/v2"), (False, "cgroup/v1")])
def test_the_cgroup_plugin_is_the_machines(unified: bool, plugin: str):
    lines = files.render("cgroup.conf.j2", unified=unified).splitlines()

    assert f"CgroupPlugin={plugin}" in lines


def test_sudo_allows_two_commands_to_one_user_as_one_group():
    text = files.render("sudoers.j2", layout=Layout(), sbatch="/b/sbatch", scancel="/b/scancel")

    rules = [line for line in text.splitlines() if line and not line.startswith(("#", "Defaults"))]
    assert rules == [
        "Cmnd_Alias ONBOARD_BATCH = /b/sbatch, /b/scancel",
        "onboard-hub ALL = (%onboard-trainees) NOPASSWD: ONBOARD_BATCH",
    ]


@given(before=st.lists(st.sampled_from(["127.0.0.1 localhost", "# a comment", "", "10.0.0.1 x"])))
def test_the_hosts_block_comes_once_and_goes_without_a_trace(before: list[str]):
    # given a hosts file
    text = "".join(f"{line}\n" for line in before)

    # when the block is put in twice
    once = files.with_block(text, "127.0.0.11 cpu1\n")
    twice = files.with_block(once, "127.0.0.11 cpu1\n")

    # then it is there once, and taking it out gives back what was there
    assert once == twice
    assert once.startswith(text)
    assert files.with_block(once, "") == text


def test_lines_that_others_wrote_after_the_block_stay():
    text = files.with_block("127.0.0.1 localhost\n", "127.0.0.11 cpu1\n") + "10.0.0.1 later\n"

    assert files.with_block(text, "") == "127.0.0.1 localhost\n10.0.0.1 later\n"


def test_a_block_that_lost_its_end_takes_nothing_with_it():
    text = files.with_block("", "127.0.0.11 cpu1\n").splitlines(keepends=True)
    broken = "".join([*text[:-1], "10.0.0.1 theirs\n"])

    assert "10.0.0.1 theirs\n" in files.with_block(broken, "")


def test_host_names_are_read_without_comments():
    assert files.host_names("127.0.0.1 a b # c\n# 1.1.1.1 d\n\n") == {"a", "b"}


def test_without_accounting_nothing_is_stored():
    text = files.render("slurm.conf.j2", layout=Layout(), host="here")

    assert "AccountingStorageType=accounting_storage/none" in text.splitlines()
    assert "slurmdbd" not in text


def test_with_accounting_the_limits_are_enforced():
    layout = Layout(accounting=True, base_port=20000)

    lines = files.render("slurm.conf.j2", layout=layout, host="here").splitlines()
    keeper = files.render("slurmdbd.conf.j2", layout=layout).splitlines()

    assert "AccountingStorageType=accounting_storage/slurmdbd" in lines
    assert "AccountingStorageEnforce=associations,limits,qos,safe" in lines
    assert "AccountingStoragePort=20400" in lines
    assert "DbdPort=20400" in keeper


def test_the_database_has_no_port():
    lines = files.render("mariadb.cnf.j2", layout=Layout()).splitlines()

    assert "skip-networking" in lines
    assert "socket=/var/lib/aifactory-onboarding/onebox/accounting/socket" in lines


def test_sacctmgr_is_told_who_may_use_what():
    told = accounting.commands(Layout())

    where = ("where", "cluster=onebox", "set")
    assert told[0] == ("add", "cluster", "onebox")
    assert ("modify", "account", "project1", *where, "QOS=normal,long", "DefaultQOS=normal",
            "GrpJobs=3", "GrpTRES=gres/gpu=2") in told  # fmt: skip
    assert told[-1][:3] == ("add", "user", "trainee01,trainee02")
    assert told[-1][-1] == "DefaultAccount=course"


def test_an_account_has_only_users_that_the_cluster_has():
    layout = Layout(trainees=("trainee02", "trainee03"))

    course, project = layout.accounts
    assert layout.users_of(course) == ("onboard-hub", "trainee02", "trainee03")
    assert layout.users_of(project) == ("trainee02",)
