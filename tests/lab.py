"""JupyterLab and Notebook 7 as a trainee's session has them, from a plain server with a token."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import nbformat
from playwright.sync_api import Page, expect
from running_site import until

# Light or dark is the browser's to say; nothing asks for news, and no notice covers the page.
_SETTINGS = {
    "apputils-extension/themes": {"adaptive-theme": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass(frozen=True)
class Lab:
    """A Jupyter server that is up. `folder` is what it serves."""

    address: str
    token: str
    folder: Path

    def url(self, path: str) -> str:
        """Return an address that needs no sign-in."""
        return f"{self.address}/{path}?token={self.token}"

    def write(self, name: str, cells: list[str]) -> None:
        """Write a notebook that nobody has run."""
        write_notebook(self.folder / name, cells)

    def open(self, page: Page, app: str, name: str) -> None:
        """Open a notebook alone, in JupyterLab (`lab/tree`) or Notebook 7 (`notebooks`)."""
        page.goto(f"{self.url(f'{app}/{name}')}&reset")
        until(lambda: self._listens(name), "its kernel listens", 60)
        expect(page.locator(".jp-Spinner")).to_have_count(0)
        expect(page.locator(".jp-Notebook .jp-Cell.jp-mod-active")).to_be_attached()

    def _listens(self, name: str) -> bool:
        # The page says "idle" before it has a kernel, and drops what is run until then.
        sessions = httpx.get(self.url("api/sessions"), timeout=20).json()
        kernels = [one["kernel"] for one in sessions if one["path"] == name]
        return any(one["connections"] and one["execution_state"] == "idle" for one in kernels)

    def run_cells(self, page: Page, count: int) -> None:
        """Run the first cells, one after another, as somebody at the keyboard does."""
        page.locator(".jp-Notebook .jp-Cell.jp-mod-active").focus()
        for number in range(1, count + 1):
            page.keyboard.press("Shift+Enter")
            prompt = page.locator(".jp-InputPrompt", has_text=f"[{number}]:")
            expect(prompt).to_be_attached(timeout=60_000)


def write_notebook(path: Path, cells: list[str]) -> None:
    """Write a notebook of code cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@contextmanager
def running(folder: Path, catalogue: Path) -> Iterator[Lab]:
    """Start a server on this computer alone; end it, which ends its kernels."""
    port, token, home = _free_port(), secrets.token_hex(16), folder.parent / "home"
    _settle(home)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", "--LabApp.extension_manager=readonly"),
        "--ServerApp.jpserver_extensions={'courses.opening': True, 'notebook': True}",
    ]
    env = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTERHUB")}
    env |= {"HOME": str(home), "ONBOARD_CATALOGUE": str(catalogue), "ONBOARD_LANGUAGES": "en fr de"}
    with (folder.parent / "lab.out").open("wb") as out:
        io = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out}
        process = subprocess.Popen(command, env=env, start_new_session=True, **io)
        lab = Lab(f"http://127.0.0.1:{port}", token, folder)
        try:
            until(lambda: _answers(process, lab, Path(out.name)), "JupyterLab is up")
            yield lab
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _settle(home: Path) -> None:
    for name, values in _SETTINGS.items():
        extension, plugin = name.split("/")
        path = home / ".jupyter/lab/user-settings/@jupyterlab" / extension
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))


def _answers(process: subprocess.Popen[bytes], lab: Lab, out: Path) -> bool:
    assert process.poll() is None, out.read_text(errors="replace")
    try:
        return httpx.get(lab.url("api/status"), timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
