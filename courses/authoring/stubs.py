"""What a trainee finds where a solution was, as nbgrader 0.9 writes it. Pure."""

from __future__ import annotations

from pathlib import PurePath

from nbformat import NotebookNode

TEXT_STUB = ("YOUR ANSWER HERE",)
CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")

# nbgrader's ClearSolutions.code_stub: by the kernel's language, as its kernelspec spells it.
_BY_LANGUAGE = {
    "python": CODE_STUB,
    "R": ("# YOUR CODE HERE", "fail()"),
    "matlab": ("% YOUR CODE HERE", "error('No Answer Given!')"),
    "octave": ("% YOUR CODE HERE", "error('No Answer Given!')"),
    "sas": ("/* YOUR CODE HERE */", " %notImplemented;"),
    "java": ("// YOUR CODE HERE",),
}
_HASH, _SLASHES = ("# YOUR CODE HERE",), ("// YOUR CODE HERE",)
_BY_SUFFIX = {
    ".py": CODE_STUB,
    ".r": _BY_LANGUAGE["R"],
    ".m": _BY_LANGUAGE["matlab"],
    ".md": TEXT_STUB,
    ".txt": TEXT_STUB,
    **dict.fromkeys((".jl", ".sh", ".slurm", ".yaml", ".yml", ".toml", ".cfg"), _HASH),
    **dict.fromkeys((".c", ".cc", ".cpp", ".cu", ".h", ".hpp", ".java", ".js", ".rs"), _SLASHES),
}


def language(notebook: NotebookNode) -> str:
    """Return the language of its kernel, as nbgrader reads it: Python where it is not said."""
    return str(notebook.metadata.get("kernelspec", {}).get("language") or "python")


def code_stub(language_name: str) -> tuple[str, ...] | None:
    """Return the stub of a code cell, or None for a language that has none."""
    return _BY_LANGUAGE.get(language_name)


def file_stub(path: PurePath) -> tuple[str, ...] | None:
    """Return the stub of a file beside the notebooks, or None for one of another kind."""
    return _BY_SUFFIX.get(path.suffix.lower())


def all_lines() -> frozenset[str]:
    """Return every line of every stub: it gives nothing away."""
    stubs = (TEXT_STUB, *_BY_LANGUAGE.values(), *_BY_SUFFIX.values())
    return frozenset(line for stub in stubs for line in stub)
