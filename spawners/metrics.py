"""What an operator watches, on JupyterHub's own /hub/metrics page (Prometheus).

One place for every figure's name. The scheduler's questions are counted where they are asked
(`batch.command`), the phases of a start where they end (`spawner`).
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_PHASE_BUCKETS = (0.1, 0.3, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)

PHASE = Histogram(
    "onboard_session_phase_seconds",
    "Time that a start spent in a phase: queued, starting, ready.",
    ["phase"],
    buckets=_PHASE_BUCKETS,
)
ENDS = Counter(
    "onboard_session_ends_total",
    "Sessions that ended, and starts that failed, by cause.",
    ["cause"],
)
COMMANDS = Counter(
    "onboard_scheduler_commands_total",
    "Commands of the batch system that the hub ran, by kind and outcome.",
    ["command", "outcome"],
)
COMMAND_SECONDS = Histogram(
    "onboard_scheduler_command_seconds",
    "Time that a command of the batch system took, by kind.",
    ["command"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
SNAPSHOT_AGE = Gauge(
    "onboard_scheduler_snapshot_age_seconds",
    "Seconds since the batch system last answered the watcher; NaN before the first answer.",
)
RECONCILED = Counter(
    "onboard_reconciled_total",
    "What the reconciler mended: jobs cancelled, tokens revoked.",
    ["what"],
)
