"""Slurm, munge and sudo from the distribution's own packages, installed where they are missing."""

from __future__ import annotations

import os
from pathlib import Path

from hub_config.onebox.command import Answer, ask, find
from spawners.errors import MissingTool

# A program of each package, by which its absence is noticed.
PACKAGES = {
    "slurmctld": "slurm-wlm",
    "slurmd": "slurm-wlm",
    "sbatch": "slurm-wlm",
    "munged": "munge",
    "sudo": "sudo",
}
# Not mariadb-server: that starts a database of the machine's own.
ACCOUNTING = {
    "slurmdbd": "slurmdbd",
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
}
_OS_RELEASE = Path("/etc/os-release")
_INSTALL_LIMIT_S = 900.0


def unsuitable() -> str:
    """Return why no cluster can be made here, in one sentence; "" where it can."""
    if not is_debian(_OS_RELEASE.read_text() if _OS_RELEASE.exists() else ""):
        return "The one-machine cluster needs Debian or Ubuntu: this is another system."
    if os.geteuid() != 0:
        return "The one-machine cluster needs root: it starts jobs for several users."
    return ""


def require() -> None:
    """Raise MissingTool where no cluster can be made."""
    reason = unsuitable()
    if reason:
        raise MissingTool(reason, hint="The site `local` needs neither root nor Slurm.")


def is_debian(os_release: str) -> bool:
    """Whether this os-release(5) text is Debian's, Ubuntu's or a child's of theirs. Pure."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    words = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return "debian" in words or "ubuntu" in words


def missing(*, accounting: bool = False) -> list[str]:
    """Return the packages that still have to be installed."""
    needed = {**PACKAGES, **(ACCOUNTING if accounting else {})}
    return sorted({package for program, package in needed.items() if find(program) is None})


def install(*, accounting: bool = False) -> None:
    """Install what is missing. Raises MissingTool in one sentence."""
    wanted = missing(accounting=accounting)
    if not wanted:
        return
    # A list of packages that is days old names files that the mirror no longer has.
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
        answer = ask(
            "apt-get",
            "--quiet",
            *arguments,
            timeout_s=_INSTALL_LIMIT_S,
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )
    if answer.returncode != 0 or missing(accounting=accounting):
        raise MissingTool(
            f"Installing {', '.join(wanted)} failed: {complaint(answer)}",
            hint="Is there a network? Then try: apt-get update && apt-get install "
            + " ".join(wanted),
        )


def complaint(answer: Answer) -> str:
    """Return apt-get's first error, in its own words. Pure."""
    errors = [line for line in answer.stderr.splitlines() if line.startswith("E: ")]
    return errors[0].removeprefix("E: ") if errors else f"exit code {answer.returncode}"
