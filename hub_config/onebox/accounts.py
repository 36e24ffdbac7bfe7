"""The system users of the cluster, and the one thing that sudo lets the hub's user do."""

from __future__ import annotations

import grp
import pwd
from pathlib import Path

from hub_config.onebox import files
from hub_config.onebox.command import ask, do, last_words, tool
from hub_config.onebox.layout import Layout
from spawners.errors import BatchError, InvalidInput


def check(layout: Layout) -> None:
    """Raise InvalidInput if a name that we need belongs to somebody else; changes nothing."""
    for name in layout.trainees:
        if _user(name) and name not in _members(layout.trainee_group):
            raise InvalidInput(
                f"A user {name} is on this machine and is not in group {layout.trainee_group}: "
                "nothing was changed.",
                hint=f"Choose other names, or: usermod -aG {layout.trainee_group} {name}",
            )
    hub = _user(layout.hub_user)
    if hub and (hub.pw_uid == 0 or layout.hub_user in _members(layout.trainee_group)):
        raise InvalidInput(
            f"The user {layout.hub_user} must be neither root nor a trainee.",
            hint="Mend /etc/passwd and /etc/group.",
        )


def ensure(layout: Layout) -> None:
    """Make the group, the hub's user and the trainees, where they are missing."""
    if not _members(layout.trainee_group) and not _group(layout.trainee_group):
        do("groupadd", layout.trainee_group)
    if not _user(layout.hub_user):
        layout.hub_home.parent.mkdir(parents=True, exist_ok=True)
        do("useradd", "--system", "--user-group", "--create-home",
           "--home-dir", str(layout.hub_home), "--shell", "/usr/sbin/nologin",
           layout.hub_user)  # fmt: skip
    for name in layout.trainees:
        if not _user(name):
            do("useradd", "--create-home", "--user-group", "--shell", "/bin/bash",
               "--groups", layout.trainee_group, name)  # fmt: skip
    for name in (layout.hub_user, *layout.trainees):
        Path(pwd.getpwnam(name).pw_dir).chmod(0o700)


def sudoers(layout: Layout) -> str:
    """Return the sudo rule's text."""
    return files.render("sudoers.j2", layout=layout, sbatch=tool("sbatch"), scancel=tool("scancel"))


def put_sudoers(layout: Layout) -> None:
    """Put the rule in place, after visudo has read it."""
    text = sudoers(layout)
    if files.holds(layout.sudoers_file, text, mode=0o440):
        return
    draft = layout.state_dir / "sudoers.new"
    files.put(draft, text, mode=0o440)
    try:
        answer = ask("visudo", "--check", "--quiet", f"--file={draft}")
        if answer.returncode != 0:
            raise BatchError(
                f"visudo refuses the hub's rule: {last_words(answer)}",
                hint="sudo was left as it was.",
            )
    finally:
        draft.unlink()
    files.put(layout.sudoers_file, text, mode=0o440)


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _group(name: str) -> grp.struct_group | None:
    try:
        return grp.getgrnam(name)
    except KeyError:
        return None


def _members(name: str) -> list[str]:
    group = _group(name)
    return group.gr_mem if group else []
