"""scripts/lint: style, types, and which way imports point."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from tools.developer import CHECKOUT, developer_environment

_SCRIPTS = ("scripts/up", "scripts/test", "scripts/lint")  # no suffix, so ruff is told of them
_CHECKS = (
    ("ruff", "check", ".", *_SCRIPTS),
    ("ruff", "format", "--check", ".", *_SCRIPTS),
    ("mypy",),
    ("mypy", "--package", "tools"),
    ("lint-imports",),
)


def main(arguments: Sequence[str]) -> int:
    """Run every check, also after one has failed. Returns 0 or 1."""
    environment = developer_environment(arguments, description=__doc__)
    environment.prepare("dev")
    variables = {**os.environ, "MYPYPATH": str(CHECKOUT / "scripts")}
    codes = []
    for name, *rest in _CHECKS:
        print(f"== {name} {' '.join(rest)}", flush=True)
        program = str(environment.folder / "bin" / name)
        done = subprocess.run([program, *rest], cwd=CHECKOUT, env=variables, timeout=900)
        codes.append(done.returncode)
    return int(any(codes))
