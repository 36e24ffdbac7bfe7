"""The check of batch jobs, with programs that answer as Slurm does."""

import os

import pytest

from courses.learn import JobCheck, State
from courses.learn.checks import judge
from courses.learn.checks.job import read_output
from courses.learn.checks.slurm import job_id_in, of_sacct, of_scontrol


def found(answer="Submitted batch job 42\n", **wanted):
    (verdict,) = judge(lambda: answer, [JobCheck("It ran", **wanted)])
    return verdict


def test_a_job_that_ran_as_it_should_is_right(slurm):
    slurm.says()
    slurm.output.write_text("Hello from GPU 0\n")

    verdict = found(
        cpus=4, nodes=1, gpus=2, time_limit_s=600, partition="gpu", printed=r"^Hello from GPU \d"
    )

    assert verdict.state is State.RIGHT, verdict


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"cpus": 8}, "CPUs: 4; it should be 8."),
        ({"gpus": 1}, "GPUs: 2; it should be 1."),
        ({"nodes": 2}, "Nodes: 1; it should be 2."),
        ({"time_limit_s": 60}, "Time limit in seconds: 600; it should be 60."),
        ({"partition": "cpu"}, "Partition: gpu; it should be cpu."),
    ],
)
def test_a_job_that_asked_for_something_else_is_told_what(slurm, wanted, words):
    slurm.says()

    verdict = found(**wanted)

    assert verdict.state is State.WRONG
    assert words in verdict.text


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        ("FAILED", "3:0", "Job 42 ended with an error (exit code 3)"),
        ("TIMEOUT", "0:1", "Job 42 ran into its time limit."),
        ("OUT_OF_MEMORY", "0:125", "Job 42 used more memory than it had asked for."),
        ("CANCELLED", "0:15", "Job 42 was cancelled."),
        ("NODE_FAIL", "1:0", "Slurm says NODE_FAIL."),
    ],
)
def test_a_job_that_did_not_end_well_is_told_how(slurm, state, code, words):
    slurm.says(state=state, code=code)

    verdict = found()

    assert verdict.state is State.WRONG
    assert words in verdict.text


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize(("state", "reason"), [("PENDING", "Resources"), ("RUNNING", "None")])
def test_a_job_that_has_not_ended_is_not_judged(slurm, state, reason, language, monkeypatch):
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)
    slurm.says(state=state, reason=reason)

    verdict = found()

    assert verdict.state is State.BROKEN
    assert "42" in verdict.text
    assert ("Resources" in verdict.text) is (state == "PENDING")


def test_the_check_waits_for_the_job_to_end(slurm, monkeypatch):
    # given a job that runs when it is first asked for, and has ended when it is asked for again
    monkeypatch.setattr("courses.learn.checks.job._PAUSE_S", 0.01)
    slurm.says()
    ended = slurm.folder / "scontrol"
    ended.rename(slurm.folder / "later")
    slurm.says(state="RUNNING")
    running = (slurm.folder / "scontrol").read_text().splitlines()[1]
    here = slurm.folder
    slurm.program("scontrol", f"{running}\n/bin/mv {here}/later {here}/scontrol")

    assert found(wait_s=20).state is State.RIGHT


def test_an_older_job_is_found_in_the_accounts(slurm, tmp_path):
    slurm.forgot(f"42|COMPLETED|0:0|cpu=4,gres/gpu=1,mem=8G,node=1|10|gpu|{tmp_path}")
    slurm.output.write_text("done\n")

    assert found(cpus=4, gpus=1, time_limit_s=600, printed="done").state is State.RIGHT


def test_each_task_of_a_job_array_is_judged(slurm):
    slurm.array_says("COMPLETED", "COMPLETED", "COMPLETED")

    assert found(tasks=3, cpus=4, printed=r"part \d").state is State.RIGHT
    assert "slurm-42_2.out" in found(printed="part 1").text
    assert "Array tasks: 3; it should be 4." in found(tasks=4).text


def test_a_job_array_has_ended_when_its_last_task_has(slurm):
    slurm.array_says("COMPLETED", "RUNNING")
    assert found(tasks=2).state is State.BROKEN
    assert "42_2 is still running" in found(tasks=2).text

    slurm.array_says("TIMEOUT", "COMPLETED")
    assert found(tasks=2).text == "Job 42_1 ran into its time limit."


def test_a_job_that_is_no_array_has_one_task(slurm):
    slurm.says()

    assert "Array tasks: 1; it should be 4." in found(tasks=4).text


def test_an_older_job_array_is_found_in_the_accounts(slurm, tmp_path):
    tasks = (f"42_{task}|COMPLETED|0:0|cpu=1|10|cpu|{tmp_path}" for task in (1, 2))
    slurm.forgot("\n".join(tasks))
    for task in (1, 2):
        slurm.output.with_name(f"slurm-42_{task}.out").write_text("done\n")

    assert found(tasks=2, cpus=1, printed="done").state is State.RIGHT


def test_a_job_of_another_user_or_of_nobody_is_not_the_answer(slurm):
    slurm.says(uid=os.getuid() + 1)
    assert found().text == "Slurm knows no job 42 of yours."

    slurm.forgot()
    assert found().text == "Slurm knows no job 42 of yours."


def test_without_slurm_or_without_an_answer_of_it_the_trainee_is_not_to_blame(slurm):
    assert found().state is State.BROKEN
    assert "no Slurm here" in found().text

    slurm.program("scontrol", "echo 'Unable to contact slurm controller' >&2; exit 1")
    assert found().state is State.BROKEN
    assert "Slurm does not answer" in found().text


def test_a_slurm_that_hangs_holds_nothing_up(slurm, monkeypatch):
    monkeypatch.setattr("courses.learn.checks.slurm._TIME_LIMIT_S", 0.2)
    slurm.program("scontrol", "exec /bin/sleep 30")

    assert "Slurm does not answer" in found().text


def test_a_job_that_printed_something_else_is_wrong(slurm):
    slurm.says()
    slurm.output.write_text("Goodbye\n")

    verdict = found(printed="Hello")

    assert verdict.state is State.WRONG
    assert "look into slurm-42.out" in verdict.text


@pytest.mark.parametrize("kind", ["missing", "link", "pipe", "folder"])
def test_only_a_plain_file_is_read_as_output(slurm, tmp_path, kind):
    slurm.says()
    secret = tmp_path / "secret"
    secret.write_text("Hello")
    make = {
        "missing": lambda: None,
        "link": lambda: slurm.output.symlink_to(secret),
        "pipe": lambda: os.mkfifo(slurm.output),
        "folder": slurm.output.mkdir,
    }
    make[kind]()

    verdict = found(printed="Hello")

    assert verdict.state is State.BROKEN
    assert "cannot be read" in verdict.text


def test_a_huge_output_is_read_from_its_end(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"x" * 2**21 + b"\xff the end")

    text = read_output(path)

    assert len(text) <= 2**20
    assert text.endswith(" the end")


@pytest.mark.parametrize(
    ("answer", "job_id"),
    [
        (42, "42"),
        ("42", "42"),
        ("Submitted batch job 42\n", "42"),
        ("42;cluster", "42"),
        ("7_3", "7_3"),
        ("42 --uid=root", "42"),
        ("--help", ""),
        ("4; rm -rf /", "4"),
        (True, ""),
        (None, ""),
        (4.5, ""),
        ("1" * 40, ""),
    ],
)
def test_a_job_number_is_digits_and_nothing_else(answer, job_id):
    assert job_id_in(answer) == job_id


@pytest.mark.parametrize("line", ["", "x", "JobId=42", "a|b"])
def test_lines_that_make_no_sense_are_no_job(line):
    assert of_scontrol("42", line) is None
    assert of_sacct("42", line) is None


@pytest.mark.parametrize(
    ("tres", "gpus"),
    [("gres/gpu:2", 4), ("gres:gpu:a100:1", 2), ("gres/gpu", 2), ("gres/shard:9", 0)],
)
def test_gpus_are_counted_where_the_accounts_do_not(tres, gpus):
    user = f"UserId=ana({os.getuid()})"
    line = f"JobId=1 {user} JobState=RUNNING NumNodes=2 TRES=cpu=2 TresPerNode={tres}"

    assert of_scontrol("1", line).gpus == gpus
