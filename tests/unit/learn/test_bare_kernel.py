"""courses.learn must start fast in a kernel that has ipywidgets and nothing else of ours."""

import json
import subprocess
import sys

BUDGET_S = 0.3

PROBE = """
import json, sys, time
import IPython, ipykernel.ipkernel  # what every kernel has loaded before its first cell
before = set(sys.modules)
start = time.perf_counter()
import courses.learn
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "modules": sorted(set(sys.modules) - before)}))
"""


def import_in_a_fresh_kernel():
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def test_it_brings_nothing_but_ipywidgets_and_itself():
    found = import_in_a_fresh_kernel()

    ours = {name for name in found["modules"] if name.split(".")[0] in {"courses", "spawners"}}
    assert {name for name in ours if not name.startswith("courses.learn")} == {"courses"}
    heavy = {
        "pydantic",
        "jupyterhub",
        "numpy",
        "matplotlib",
        "pandas",
        "rich",
        "click",
        "tornado.web",
    }
    assert not heavy & set(found["modules"])


def test_it_imports_in_under_the_budget():
    # The best of three: a busy machine may slow one down, it can speed none up.
    best_s = min(import_in_a_fresh_kernel()["seconds"] for _ in range(3))

    assert best_s < BUDGET_S
