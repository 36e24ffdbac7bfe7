"""Notebooks with which a course is not run at all."""

from __future__ import annotations

from typing import Any

from zoo.kind import Refused


def _notebook(*cells: dict[str, Any], minor: int = 5) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": list(cells)}


def _code(source: str = "1", **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "cell", "metadata": {}, "source": source}
    return cell | {"outputs": [], "execution_count": None} | more


_NO_ID = {key: value for key, value in _code().items() if key != "id"}
_OLD = "not a notebook of format 4.5, with an id for every cell."

KINDS = (
    Refused("duplicate-ids", _notebook(_code(), _code()), "more than one cell has the id cell."),
    Refused("missing-ids", _notebook(_NO_ID), _OLD),
    Refused("format-4.4", _notebook(_NO_ID, minor=4), _OLD),
    Refused(
        "format-3", {"nbformat": 3, "nbformat_minor": 0, "worksheets": [], "metadata": {}}, _OLD
    ),
    Refused("not-a-notebook", {"hello": "world"}, _OLD),
    Refused("cells-are-no-list", _notebook() | {"cells": {}}, _OLD),
    Refused(
        "tags-are-no-list", _notebook(_code(metadata={"tags": "skip"})), "not a valid notebook…"
    ),
    Refused("metadata-is-no-table", _notebook(_code(metadata=[])), "not a valid notebook…"),
    Refused("unknown-cell-type", _notebook(_code(cell_type="heading")), "not a valid notebook…"),
    Refused("source-is-a-number", _notebook(_code(source=7)), "not a valid notebook…"),
    Refused(
        "output-of-no-kind",
        _notebook(_code(outputs=[{"output_type": "x"}])),
        "not a valid notebook…",
    ),
    Refused("kernelspec-is-no-table", _notebook(_code()) | {"metadata": {"kernelspec": "x"}}, "…"),
    Refused(
        "language-info-is-no-table", _notebook(_code()) | {"metadata": {"language_info": "x"}}, "…"
    ),
    Refused(
        "kernel-name-is-no-text",
        _notebook(_code())
        | {"metadata": {"kernelspec": {"name": 7, "language": [], "display_name": ""}}},
        "…",
    ),
    Refused(
        "solution-without-end",
        _notebook(_code("### BEGIN SOLUTION")),
        "cell cell, line 1 of the cell: …",
    ),
    Refused(
        "solution-without-begin",
        _notebook(_code("### END SOLUTION")),
        "cell cell, line 1 of the cell: …",
    ),
)
