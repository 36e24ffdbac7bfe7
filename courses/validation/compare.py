"""Stored outputs against those of this run, by nbval's own rules and code; no second run."""

from __future__ import annotations

import copy
import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

from nbformat import NotebookNode
from nbval.plugin import (
    IPyNbCell,
    coalesce_streams,
    find_comment_markers,
    find_metadata_tags,
    get_sanitize_patterns,
    nocolors,
)

from courses.authoring.content import SANITIZE
from courses.learn.widgets import STATE
from spawners.errors import InvalidInput

# What `pytest --nbval` leaves out (nbval.plugin.IPyNbFile; it keeps the list in an __init__).
_NOT_COMPARED = (
    "metadata",
    "traceback",
    "prompt_number",
    "output_type",
    "name",
    "execution_count",
    "application/vnd.jupyter.widget-view+json",
    STATE,
    "image/png",
    "image/jpeg",
)
_NEVER_RUN = (
    "The stored outputs have no number of a run: run the notebook from top to bottom, and save it."
)


def options(cell: NotebookNode) -> Mapping[str, bool]:
    """Return nbval's options of a cell from its tags and comments: check, check_exception, skip."""
    found = defaultdict(bool, find_metadata_tags(cell.metadata))
    found.update(find_comment_markers(cell.source))
    found.setdefault("check", True)
    return found


def patterns(course_folder: Path) -> dict[str, str]:
    """Return what to sanitise, regex -> replacement: the course's own, then the usual.

    Raises InvalidInput naming a pattern that is no regular expression.
    """
    usual = files("courses.validation").joinpath(SANITIZE).read_text(encoding="utf-8")
    own = course_folder / SANITIZE
    text = own.read_text(encoding="utf-8") if own.is_file() else ""
    found = dict(get_sanitize_patterns(text))
    for regex, replacement in found.items():
        try:
            re.sub(regex, replacement, "")
        except (re.error, IndexError) as error:
            raise InvalidInput(
                f"{own}: {regex!r} is no regular expression: {error}.", hint="Mend that line."
            ) from None
    return found | {k: v for k, v in get_sanitize_patterns(usual) if k not in found}


def difference(stored: NotebookNode, run: NotebookNode, sanitize: Mapping[str, str]) -> str | None:
    """Return how the outputs of a cell that ran differ from those stored, or None.

    `stored` is the cell as the author saved it, `run` the same cell after this run.
    """
    reference: Sequence[NotebookNode] = coalesce_streams(copy.deepcopy(stored.outputs))
    if stored.execution_count is None:
        return _NEVER_RUN if reference else None
    if not options(stored)["check"]:
        return None
    judge = _Judge(sanitize)
    if judge.compare_outputs(coalesce_streams(copy.deepcopy(run.outputs)), reference):
        return None
    return "\n".join(line for line in judge.comparison_traceback if line)


class _Judge:
    """Holds what nbval's comparison asks of a pytest item, without pytest."""

    compare_outputs = IPyNbCell.compare_outputs
    sanitize = IPyNbCell.sanitize
    comparison_traceback: list[str]

    def __init__(self, sanitize: Mapping[str, str]) -> None:
        self.parent = SimpleNamespace(sanitize_patterns=sanitize, skip_compare=_NOT_COMPARED)
        self.colors = nocolors

    def format_output_compare(self, key: str, stored: object, new: object) -> None:
        """Note the difference as a person reads one, where nbval would ask pytest to."""
        diff = difflib.unified_diff(
            str(stored).splitlines(),
            str(new).splitlines(),
            f"stored in the notebook ({key})",
            f"this run ({key})",
            lineterm="",
        )
        self.comparison_traceback.extend(diff)
