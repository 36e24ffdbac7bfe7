"""docs/operating.md and the code name the same figures, files and modes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from hub_config import secret_store, site, up
from spawners import metrics, pace, reconcile, scheduler_facts, watcher
from spawners.standing import Cause

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
TEXT = PAGE.read_text(encoding="utf-8")


def section(heading: str) -> str:
    return TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]


def figures() -> list[tuple[str, list[str]]]:
    """Return each figure's name, as Prometheus sees it, and its labels."""
    found = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    told = [(next(iter(one.describe())), list(one._labelnames)) for one in found]
    return sorted((f"{one.name}{'_total' * (one.type == 'counter')}", names) for one, names in told)


def test_every_figure_is_on_the_page_with_its_labels_and_no_other() -> None:
    # given
    rows = re.findall(r"^\| `(onboard_\w+)` \|([^|]*)\|", section("Figures"), re.MULTILINE)
    # then
    assert sorted((name, re.findall(r"`(\w+)`", labels)) for name, labels in rows) == figures()


def test_the_alerts_name_figures_and_causes_that_there_are() -> None:
    named = re.findall(r"onboard_\w+", TEXT)
    causes = re.findall(r'cause=~"([^"]+)"', TEXT)[0].split("|")

    assert set(named) <= {name for name, _ in figures()} | {"onboard_reconciled_total"}
    assert set(causes) <= {str(one) for one in Cause}


@pytest.mark.parametrize("name", [secret_store.FILE, secret_store.METRICS_TOKEN_FILE, up.PASSWORDS])
def test_the_hubs_files_are_where_the_page_says(name: str, tmp_path: Path) -> None:
    # given
    up.prepare(site.load("local", data_dir=tmp_path))
    mode = (tmp_path / "hub" / name).stat().st_mode & 0o777
    # then
    assert f"| `hub/{name}` | {mode:04o} |" in TEXT


@pytest.mark.parametrize(("shared", "said"), [(True, "3733"), (False, "0700")])
def test_the_mode_of_the_logs_is_as_the_page_says(
    tmp_path: Path, said: str, *, shared: bool
) -> None:
    # given
    local = site.load("local", data_dir=tmp_path)
    machine = local.machine.model_copy(update={"submit_as_trainee": shared})
    # when
    up.prepare(local.model_copy(update={"machine": machine}))
    # then
    assert f"{(tmp_path / 'logs').stat().st_mode & 0o7777:04o}" == said
    assert re.search(rf"^\| `logs` \|[^|]*\b{said}\b", TEXT, re.MULTILINE)


def test_how_often_slurm_is_asked_is_as_the_page_says() -> None:
    # given
    said = section("What Slurm is asked, and how often")
    default = pace.Pace()
    # then
    assert f"every {default.slow_s:.0f} s; every {default.fast_s:.0f} s while a start" in said
    assert f"every {watcher.QUEUE_EVERY_S:.0f} s while one of the sessions waits" in said
    assert f"`sinfo` | every {scheduler_facts.NODES_MAX_AGE_S:.0f} s at most" in said
    assert f"--test-only` | every {scheduler_facts.ESTIMATE_MAX_AGE_S:.0f} s at most" in said
    assert f"every {scheduler_facts.ACCESS_MAX_AGE_S / 60:.0f} min at most" in said
    assert f"{scheduler_facts.ACCESS_MIN_AGE_S / 60:.0f} min after a choice was refused" in said
    assert default.burst == 12  # "the first dozen"
    assert reconcile.EVERY_S == 60
