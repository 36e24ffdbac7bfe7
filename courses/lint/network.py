"""What a cell fetches, installs or hands to a shell: a node has no internet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from courses.lint.material import Cell, Material
from courses.lint.python import Call, literal
from courses.lint.rule import Problem, Rule, error, warning

_INSTALLS = re.compile(
    r"\b(pip3?|uv|conda|mamba|micromamba|apt|apt-get)\s+([\w-]+\s+)?(add|install)\b"
)
_FETCHES = re.compile(r"\b(wget|curl|git\s+clone|(huggingface-cli|hf)\s+download)\b")

_ESCAPES = ("get_ipython.system", "get_ipython.getoutput")
_MAGICS = ("get_ipython.run_line_magic", "get_ipython.run_cell_magic")
_SHELLS = ("bash", "sh", "script", "sx", "system", "!")
_RUNNERS = (
    "os.system",
    "os.popen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.Popen",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.getoutput",
)
_DOWNLOADERS = (
    "urlopen",
    "urlretrieve",
    "from_pretrained",
    "load_dataset",
    "snapshot_download",
    "hf_hub_download",
    "fetch_20newsgroups",
    "fetch_california_housing",
    "fetch_covtype",
    "fetch_lfw_people",
    "fetch_olivetti_faces",
    "fetch_openml",
)
_CLIENTS = ("requests", "httpx", "wget", "gdown")
_CLIENT_CALLS = ("get", "post", "put", "head", "request", "stream", "download")
_WEB = ("http://", "https://", "ftp://", "s3://", "gs://", "hf://")


def _calls(material: Material) -> Iterator[tuple[Cell, Call]]:
    for cell in material.cells:
        yield from ((cell, call) for call in cell.calls)


def _command(call: Call) -> str:
    """Return what a call gives to a shell or a magic, as far as it is written out."""
    if call.name not in (*_ESCAPES, *_MAGICS, *_RUNNERS):
        return ""
    words: list[object] = []
    for argument in call.node.args:
        parts = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
        words += [literal(part) for part in parts]
    return " ".join(word for word in words if isinstance(word, str))


def _install(material: Material) -> Iterator[Problem]:
    for cell, call in _calls(material):
        if _INSTALLS.search(_command(call)):
            yield cell.problem(
                "It installs software, and nodes have no internet.",
                "Name an `environment` in course.toml that has it.",
                at=call.node,
            )


def _download(material: Material) -> Iterator[Problem]:
    for cell, call in _calls(material):
        if _FETCHES.search(_command(call)) or _fetches(call, material):
            yield cell.problem(
                "It downloads something, and nodes have no internet.",
                "Ship the file with the course, in [[data]] of course.toml, or make it.",
                at=call.node,
            )


def _fetches(call: Call, material: Material) -> bool:
    if literal(call.keyword("download")) is True:
        return True
    if call.name.partition(".")[0] in _CLIENTS:
        return call.last in _CLIENT_CALLS
    if isinstance(call.first, str) and call.first.startswith(_WEB):
        return call.last.startswith(("read_", "load", "open")) or call.last in _DOWNLOADERS
    return call.last in _DOWNLOADERS and not _is_here(call, material)


def _is_here(call: Call, material: Material) -> bool:
    if literal(call.keyword("local_files_only")) is True:
        return True
    # datasets: `load_dataset("csv", data_files="data/x.csv")` reads a file.
    named = literal(call.keyword("data_files")) or call.first
    return isinstance(named, str) and (named in material.files or named in material.folders)


def _shell(material: Material) -> Iterator[Problem]:
    for cell, call in _calls(material):
        in_shell = call.name in _ESCAPES or (call.name in _MAGICS and call.first in _SHELLS)
        command = _command(call)
        # What is reported by name already need not be reported twice.
        if in_shell and not _INSTALLS.search(command) and not _FETCHES.search(command):
            yield cell.problem(
                "It calls a shell: an error there goes unnoticed, and other machines have others.",
                "Use Python: `subprocess.run([...], check=True, timeout=...)`.",
                at=call.node,
            )


RULES: tuple[Rule, ...] = (
    error("install", _install),
    error("download", _download),
    warning("shell", _shell),
)
