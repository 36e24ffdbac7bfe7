"""scripts/lint: style, types, and which way imports point."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Sequence

from tools import system
from tools.environment import CHECKOUT

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
    argparse.ArgumentParser(prog="scripts/lint", description=__doc__).parse_args(arguments)
    shared = system.is_debian() and system.is_root()
    environment = system.shared_environment() if shared else system.own_environment()
    environment.prepare("dev")
    variables = {**environment.variables(), "MYPYPATH": str(CHECKOUT / "scripts")}
    failed = []
    for name, *rest in _CHECKS:
        command = " ".join((name, *rest))
        print(f"== {command}", flush=True)
        program = str(environment.folder / "bin" / name)
        done = subprocess.run([program, *rest], cwd=CHECKOUT, env=variables, timeout=900)
        if done.returncode != 0:
            failed.append(command)
    print("Failed: " + "; ".join(failed) if failed else "All checks passed.")
    return int(bool(failed))
