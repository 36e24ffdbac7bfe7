"""Which kernel a notebook is for. Pure."""

from __future__ import annotations

from nbformat import NotebookNode

PYTHON_KERNEL = {
    "name": "python3",
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
}
"""The one that every session has."""


def is_python(notebook: NotebookNode) -> bool:
    """Return whether the notebook's kernel is Python; one that names none is."""
    spec = notebook.metadata.get("kernelspec", {})
    language = spec.get("language") or notebook.metadata.get("language_info", {}).get("name")
    return (language or "python") == "python"


def choose_the_sessions_own(notebook: NotebookNode) -> None:
    """Let a Python notebook ask for the kernel that sessions have, whatever it was written in.

    JupyterLab would ask a trainee for another one, and validation runs no other.
    """
    spec = notebook.metadata.get("kernelspec", {})
    if is_python(notebook) and spec.get("name") != PYTHON_KERNEL["name"]:
        notebook.metadata["kernelspec"] = NotebookNode(PYTHON_KERNEL)
