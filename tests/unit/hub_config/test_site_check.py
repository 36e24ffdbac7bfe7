"""A site's file against what Slurm says: recorded answers of Slurm 22.05, and garbage."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hub_config import site, site_check, site_facts
from hub_config.cli import onboard
from spawners.errors import BatchUnavailable, MissingTool
from spawners.machine import Machine

RECORDED = Path(__file__).with_name("recorded")
WITH_ACCOUNTS = "AccountingStorageType   = accounting_storage/slurmdbd\n"


def recorded(name: str) -> str:
    return (RECORDED / f"{name}.txt").read_text(encoding="utf-8")


def facts(**answers: str) -> site_facts.Facts:
    """Return the recorded facts of the one-machine cluster, with QOS, and these answers instead."""
    said = {name: recorded(name) for name in ("sinfo", "partitions", "qos")}
    said = {**said, "config": WITH_ACCOUNTS, **answers}
    return site_facts.Facts(
        nodes=site_facts.read_nodes(said["sinfo"]),
        partitions=site_facts.read_partitions(said["partitions"]),
        qos=site_facts.read_qos(said["qos"]),
        settings=site_facts.read_settings(said["config"]),
    )


def machine(
    partition: Mapping[str, object] | None = None,
    size: Mapping[str, object] | None = None,
    **more: object,
) -> Machine:
    gpu = {"name": "gpu", "max_time_s": 86400, "nodes": 2, "cpus_per_node": 64}
    gpu |= {"memory_mib_per_node": 400_000, "gpus_per_node": 4, "gpu_type": "a100"}
    one = {"name": "one", "title": "One", "cpus": 1, "memory_mib": 500, "time_limit_s": 1800}
    python = {"name": "default", "title": "Python", "path": "/opt"}
    return Machine.model_validate(
        {
            "name": "there",
            "batch": "slurm",
            "partitions": [{**gpu, **(partition or {})}],
            "sizes": [{**one, "partition": (partition or {}).get("name", "gpu"), **(size or {})}],
            "environments": [python],
            **more,
        }
    )


def rows(one: Machine, found: site_facts.Facts) -> list[tuple[str, str, str]]:
    return [(row.key, row.file, row.machine) for row in site_check.differences(one, found)]


def test_a_file_that_is_right_has_no_difference() -> None:
    qos = [{"name": "short", "max_time_s": 21600}, {"name": "test", "jobs_per_user": 1}]

    assert rows(machine(qos=qos, account="required"), facts()) == []


@pytest.mark.parametrize(
    ("said", "key", "file", "there"),
    [
        ({"name": "gpux"}, "", "a partition", "not there"),
        ({"max_time_s": 7200}, ".max_time_s", "7200", "86400"),
        ({"nodes": 3}, ".nodes", "3", "2"),
        ({"cpus_per_node": 128}, ".cpus_per_node", "128", "64"),
        ({"memory_mib_per_node": 512_000}, ".memory_mib_per_node", "512000", "400000"),
        ({"gpus_per_node": 8}, ".gpus_per_node", "8", "4"),
        ({"gpu_type": "h100"}, ".gpu_type", "h100", "a100"),
    ],
)
def test_each_key_of_a_partition_is_compared(
    said: dict[str, object], key: str, file: str, there: str
) -> None:
    name = said.get("name", "gpu")

    assert rows(machine(partition=said), facts()) == [
        (f"machine.partitions.{name}{key}", file, there)
    ]


def test_whole_nodes_are_the_partitions_or_the_whole_machines_way() -> None:
    exclusive = recorded("partitions").replace("OverSubscribe=NO", "OverSubscribe=EXCLUSIVE")
    linear = f"{WITH_ACCOUNTS}SelectType              = select/linear\n"
    key = "machine.partitions.gpu.whole_nodes"

    assert rows(machine(), facts(partitions=exclusive)) == [(key, "false", "true")]
    assert rows(machine(), facts(config=linear)) == [(key, "false", "true")]
    whole = machine(partition={"whole_nodes": True}, size={"gpus": 4})
    assert rows(whole, facts()) == [(key, "true", "false")]


def test_a_partition_out_of_use_is_said() -> None:
    down = recorded("partitions").replace("State=UP", "State=INACTIVE")

    assert rows(machine(), facts(partitions=down)) == [
        ("machine.partitions.gpu", "in use", "INACTIVE")
    ]


def test_an_unlimited_partition_has_no_limit() -> None:
    unlimited = recorded("partitions").replace("MaxTime=1-00:00:00", "MaxTime=UNLIMITED")

    assert rows(machine(), facts(partitions=unlimited)) == [
        ("machine.partitions.gpu.max_time_s", "86400", "no limit")
    ]


def test_nodes_that_differ_are_a_range() -> None:
    mixed = recorded("sinfo").replace("gpu2|64", "gpu2|32")
    (row,) = rows(machine(partition={"cpus_per_node": 128}), facts(sinfo=mixed))

    assert row == ("machine.partitions.gpu.cpus_per_node", "128", "32 to 64")
    # the file may name either kind
    assert rows(machine(partition={"cpus_per_node": 32}), facts(sinfo=mixed)) == []


def test_each_key_of_a_qos_is_compared() -> None:
    qos = [
        {"name": "short", "max_time_s": 3600, "jobs_per_user": 2},
        {"name": "lost"},
    ]

    assert rows(machine(qos=qos), facts()) == [
        ("machine.qos.short.max_time_s", "3600", "21600"),
        ("machine.qos.short.jobs_per_user", "2", "no limit"),
        ("machine.qos.lost", "a QOS", "not there"),
    ]


@pytest.mark.parametrize("rule", ["AllowQos=normal,test", "AllowQos=ALL DenyQos=short"])
def test_a_size_whose_qos_its_partition_refuses_is_named(rule: str) -> None:
    strict = recorded("partitions").replace("AllowQos=ALL", rule)
    one = machine(size={"qos": "short"}, qos=[{"name": "short"}])

    assert rows(one, facts(partitions=strict)) == [
        ("machine.sizes.one.qos", "short", "partition gpu does not allow it")
    ]


def test_an_account_needs_accounting() -> None:
    assert rows(machine(account="required"), facts(config=recorded("config"))) == [
        ("machine.account", "required", "no accounting")
    ]


@pytest.mark.parametrize(
    ("gres", "count", "kind"),
    [
        ("(null)", 0, ""),
        ("gpu:4", 4, ""),
        ("gpu:a100:4(S:0-1),nvme:1", 4, "a100"),
        ("gpu:a100:3,gpu:3g.20gb:2", 5, "a100"),
        ("nvme:gpu:3", 0, ""),
        ("gpu:", 0, ""),
    ],
)
def test_gpus_are_read_from_gres(gres: str, count: int, kind: str) -> None:
    assert (site_facts.count_gpus(gres), site_facts.gpu_type(gres)) == (count, kind)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        ("1-00:00:00", 86400),
        ("12:00:00", 43200),
        ("30:00", 1800),
        ("UNLIMITED", None),
        ("infinite", None),
    ],
)
def test_times_are_read_as_slurm_writes_them(word: str, seconds: int | None) -> None:
    assert site_facts.read_time_s(word) == seconds


READERS = (site_facts.read_nodes, site_facts.read_partitions, site_facts.read_settings)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("out", ["", "\n\n", "slurm_load_partitions: error", "|||||", "\x00\xff"])
def test_an_answer_that_cannot_be_read_is_no_answer(reader: object, out: str) -> None:
    with pytest.raises(BatchUnavailable):
        reader(out)  # type: ignore[operator]


@given(garbage=st.text(), cut=st.integers(min_value=0, max_value=200))
def test_half_a_line_and_garbage_say_nothing(garbage: str, cut: int) -> None:
    # no line break: what follows one could be a line of Slurm's
    noise = " ".join(garbage.split()).replace("|", "")
    whole = recorded("sinfo")

    assert len(site_facts.read_nodes(f"{whole}\n{noise}\n")) == 3
    assert site_facts.read_qos(f"{noise} x") == {}
    half = recorded("partitions").splitlines()[1][:cut]
    assert "gpu" not in site_facts.read_partitions(f"{recorded('partitions')[:800]}\n{half}\n")


# -- as an operator runs it


CAT = shutil.which("cat")


class Slurm:
    """Commands that print recorded answers, in a folder that is the only one on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (("partition", "partitions"), ("config", "config")):
            shutil.copy(RECORDED / f"{text}.txt", folder / name)
        self.says("sinfo", f"{CAT} {RECORDED}/sinfo.txt")
        self.says("scontrol", f'for last; do :; done; {CAT} "{folder}/$last"')
        self.says("sacctmgr", f"{CAT} {RECORDED}/qos.txt")

    def says(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Slurm(folder)


def onebox(tmp_path: Path, old: str = "", new: str = "") -> str:
    path = tmp_path / "mine.toml"
    path.write_text(site.text("onebox").replace(old, new, 1), encoding="utf-8")
    return str(path)


def test_a_machine_as_its_file_says_is_exit_code_0(slurm: Slurm, tmp_path: Path) -> None:
    done = CliRunner().invoke(onboard, ["site", "check", onebox(tmp_path), "--live"])

    assert done.exit_code == 0, done.output


def test_a_difference_is_a_row_and_exit_code_1(slurm: Slurm, tmp_path: Path) -> None:
    file = onebox(tmp_path, "gpus_per_node = 4", "gpus_per_node = 8")

    done = CliRunner().invoke(onboard, ["site", "check", file, "--live"])

    assert done.exit_code == 1
    assert "machine.partitions.gpu.gpus_per_node" in done.output


def test_without_accounting_sacctmgr_is_not_asked(slurm: Slurm, tmp_path: Path) -> None:
    slurm.says("sacctmgr", "exit 1")

    done = CliRunner().invoke(onboard, ["site", "check", onebox(tmp_path), "--live"])

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "script", ["echo 'slurm_load_node: Unable to contact' >&2; exit 1", "exit 0"]
)
def test_a_slurm_that_does_not_answer_is_exit_code_2(
    slurm: Slurm, tmp_path: Path, script: str
) -> None:
    slurm.says("sinfo", script)

    done = CliRunner().invoke(onboard, ["site", "check", onebox(tmp_path), "--live"])

    assert isinstance(done.exception, BatchUnavailable)
    assert done.exception.exit_code == 2


def test_a_machine_without_slurm_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    done = CliRunner().invoke(onboard, ["site", "check", onebox(tmp_path), "--live"])

    assert isinstance(done.exception, MissingTool)
    assert done.exception.exit_code == 2


def test_mistakes_in_the_file_are_rows_and_exit_code_1(tmp_path: Path) -> None:
    file = onebox(tmp_path, "languages", "langauges")

    done = CliRunner().invoke(onboard, ["site", "check", file])

    assert done.exit_code == 1
    assert "langauges" in done.output
    assert "languages?" in done.output


@pytest.mark.parametrize("name", site.names())
def test_every_site_of_the_product_checks_and_shows_as_written(name: str) -> None:
    checked = CliRunner().invoke(onboard, ["site", "check", name])
    shown = CliRunner().invoke(onboard, ["site", "show", name, "--toml"])

    assert checked.exit_code == 0
    assert ("draft" in checked.output) == bool(site.load(name).unknown)
    assert f'name = "{name}"' in shown.output


def test_the_list_marks_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_config.site_commands.console.width", 200)

    listed = CliRunner().invoke(onboard, ["site", "list"]).output.splitlines()

    assert [("draft" in line) for line in listed if "onebox" in line or "meluxina" in line] == [
        False,
        True,
        True,
    ]
