"""How a lesson's notebook is called in each language of a release. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath


def notebook_in(notebook_path: str, language: str, source_language: str) -> str:
    """Return the path of a lesson's notebook in a language: `a/one.ipynb`, `a/one.fr.ipynb`."""
    if language == source_language:
        return notebook_path
    return str(PurePosixPath(notebook_path).with_suffix(f".{language}.ipynb"))
