"""What a session says of itself: in a job, without one, on Linux and macOS."""

import os
import stat
import time
from datetime import UTC, datetime, timedelta

import pytest

from courses.learn import session
from courses.learn.gpus import ask_nvidia_smi, parse_visible, read_gpus
from courses.learn.session import read_cpus, read_file_systems, read_job, read_memory

A100S = (
    "0, GPU-aaaa-1111, NVIDIA A100-SXM4-40GB, 40960\n"
    "1, GPU-bbbb-2222, NVIDIA A100-SXM4-40GB, 40960\n"
)
JOB = {"SLURM_JOB_ID": "4711", "SLURMD_NODENAME": "gpu1", "SLURM_JOB_PARTITION": "gpu"}


def nobody_asks():
    raise AssertionError("the driver was asked, though no GPU is visible")


# -- CPUs and memory


@pytest.fixture
def eight_cpus(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(6)), raising=False)


@pytest.mark.parametrize(
    ("env", "usable"),
    [
        ({}, 6),
        ({"SLURM_CPUS_ON_NODE": "2"}, 2),
        ({"SLURM_CPUS_ON_NODE": "64"}, 6),  # a virtual node may promise what the machine has not
        ({"SLURM_CPUS_ON_NODE": "many"}, 6),
    ],
)
def test_usable_cpus_are_the_fewest_that_anyone_allows(eight_cpus, env, usable):
    cpus = read_cpus(env)

    assert (cpus.on_node, cpus.usable) == (8, usable)
    assert str(cpus) == f"{usable} for this session, of 8 on this node"


def test_a_system_without_affinity_offers_all_its_cpus(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)

    assert read_cpus({}).usable == 8


@pytest.mark.parametrize(
    ("env", "usable_mib"),
    [
        ({}, 8192),
        ({"SLURM_MEM_PER_NODE": "2048"}, 2048),
        ({"SLURM_MEM_PER_CPU": "1000", "SLURM_CPUS_ON_NODE": "4"}, 4000),
        ({"SLURM_MEM_PER_NODE": "0"}, 8192),
        ({"SLURM_MEM_PER_NODE": "400000"}, 8192),
    ],
)
def test_usable_memory_is_what_was_granted_and_is_there(monkeypatch, env, usable_mib):
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2 * 1024**2}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)

    memory = read_memory(env)

    assert memory.usable_mib == usable_mib
    assert "of 8.0 GiB on this node" in str(memory)


def test_file_systems_have_free_space_that_fits_in_them():
    places = read_file_systems()

    assert {place.name for place in places} == {"home", "temporary"}
    assert all(0 <= place.free_mib <= place.total_mib for place in places)


# -- GPUs


def test_no_gpu_is_said_plainly():
    gpus = read_gpus({}, lambda: "")

    assert not gpus.usable
    assert str(gpus) == "No GPU in this session."


@pytest.mark.parametrize("hidden", ["", "-1", "NoDevFiles"])
def test_hidden_gpus_are_no_gpus_and_nobody_is_asked(hidden):
    assert not read_gpus({"CUDA_VISIBLE_DEVICES": hidden}, nobody_asks).usable


def test_a_gpu_without_a_driver_is_no_usable_gpu():
    gpus = read_gpus({"CUDA_VISIBLE_DEVICES": "0"}, lambda: "")

    assert not gpus.usable
    assert str(gpus) == "The scheduler gave you GPU 0, but no driver answers."


@pytest.mark.parametrize(
    ("env", "uuids"),
    [
        ({}, ["GPU-aaaa-1111", "GPU-bbbb-2222"]),
        ({"CUDA_VISIBLE_DEVICES": "1"}, ["GPU-bbbb-2222"]),
        ({"CUDA_VISIBLE_DEVICES": "GPU-aaaa"}, ["GPU-aaaa-1111"]),
        ({"CUDA_VISIBLE_DEVICES": "0,1"}, ["GPU-aaaa-1111", "GPU-bbbb-2222"]),
    ],
)
def test_only_the_granted_gpus_are_listed(env, uuids):
    gpus = read_gpus(env, lambda: A100S)

    assert [gpu.uuid for gpu in gpus.devices] == uuids
    assert "NVIDIA A100-SXM4-40GB, 40 GiB of its own memory" in str(gpus)


def test_an_answer_that_is_no_list_of_gpus_lists_none():
    text = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."

    assert not read_gpus({}, lambda: text).usable


def test_visible_devices_end_at_the_first_invalid_one():
    assert parse_visible("2, 0,-1,3") == ("2", "0")


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("echo '0, GPU-a, T4, 15360'", "0, GPU-a, T4, 15360\n"),
        ("echo trouble; exit 9", ""),
        ("exec sleep 60", ""),
    ],
    ids=["answers", "fails", "hangs"],
)
def test_the_driver_is_asked_with_a_time_limit(tmp_path, monkeypatch, script, answer):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("courses.learn.gpus._TIME_LIMIT_S", 1.0)

    began = time.monotonic()

    assert ask_nvidia_smi() == answer
    assert time.monotonic() - began < 10


# -- the job


def test_without_a_scheduler_there_is_no_job():
    assert read_job({}) is None
    assert "No batch job" in str(session({}))


def test_a_job_says_where_it_runs():
    assert str(read_job(JOB)) == "Batch job 4711 in partition gpu, on node gpu1."


def test_a_job_knows_its_time_left():
    now = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
    end = now + timedelta(minutes=30)
    job = read_job({**JOB, "SLURM_JOB_END_TIME": str(int(end.timestamp()))})

    assert job.time_left_s(now) == 1800
    assert job.time_left_s(end + timedelta(minutes=1)) == 0
    assert f"until {end.astimezone():%H:%M} at the latest" in str(job)


def test_a_job_whose_scheduler_names_no_end_says_nothing_of_it():
    job = read_job(JOB)

    assert job.time_left_s(datetime.now(UTC)) is None
    assert "until" not in str(job)


def test_a_session_on_a_virtual_gpu_node_is_described_honestly():
    text = str(session({**JOB, "CUDA_VISIBLE_DEVICES": "0", "PATH": ""}))

    assert "Batch job 4711" in text
    assert "CPUs:" in text
    assert "Memory:" in text
    assert "home" in text
