"""How long a lesson's first cell takes in a kernel that is up: import, first exercise, first quiz.

    python tests/bench/first_widget.py [--kernels N]

Each kernel is a new one, as after a trainee has opened a lesson. Times in milliseconds.
"""

from __future__ import annotations

import argparse
import ast
import statistics

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

IMPORT = "from courses.learn import NumberCheck, exercise, lesson, quiz"
STEPS = {
    "import": IMPORT,
    "lesson": 'lesson("tiny", "one", exercises=["two"])',
    "exercise": 'exercise("two", lambda: 2, title="Two", checks=[NumberCheck("It is 2", 2)])',
    "quiz": 'quiz("q", question="?", choices={"a": "A", "b": "B"}, answer="a")',
}
TIMED = """
import time as _time
_begun = _time.perf_counter()
{code}
_took = _time.perf_counter() - _begun
"""
KERNEL_S = 60


def measure() -> dict[str, float]:
    """Return how long each step took in a new kernel, in milliseconds."""
    manager = KernelManager(kernel_name="python3", transport="ipc")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=KERNEL_S)
        return {name: _timed(client, code) for name, code in STEPS.items()}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _timed(client: BlockingKernelClient, code: str) -> float:
    reply = client.execute_interactive(
        TIMED.format(code=code),
        timeout=KERNEL_S,
        output_hook=lambda _: None,
        user_expressions={"took": "_took"},
    )
    took = reply["content"]["user_expressions"]["took"]["data"]["text/plain"]
    return float(ast.literal_eval(took)) * 1000


def main() -> None:
    """Measure and print the median and the slowest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernels", type=int, default=5)
    runs = [measure() for _ in range(parser.parse_args().kernels)]
    for name in STEPS:
        values = [one[name] for one in runs]
        print(f"{name:10} {statistics.median(values):6.0f} ms  (at most {max(values):.0f})")
    first = [one["import"] + one["lesson"] for one in runs]
    print(f"{'first':10} {statistics.median(first):6.0f} ms  (at most {max(first):.0f})")


if __name__ == "__main__":
    main()
