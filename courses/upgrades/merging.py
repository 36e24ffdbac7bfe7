"""A trainee's notebook and the course's new version of it, made into one. Pure.

nbdime merges three ways, with every cell known by its id: as keys of a mapping, so that no
likeness of two texts ever pairs them. What it calls a conflict is decided here, and a cell that the
trainee has touched is taken over as it is, whatever nbdime made of it. docs/upgrades.md has the
table of all cases.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any

from nbdime.merging.decisions import apply_decisions
from nbdime.merging.generic import decide_merge
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

Cells = dict[str, NotebookNode]
"""Cells by id, in the notebook's order."""
Decision = Any
"""nbdime's own, which has no types."""

_UPDATE = re.compile(r"(?P<stem>.+)-update-(?P<number>\d+)")
# nbformat allows 64 characters for an id; what we add to one must fit.
_LONGEST_STEM = 48


@dataclass(frozen=True)
class Note:
    """The sentence before the course's version of a cell that both have changed, in Markdown."""

    text: str
    known: frozenset[str] = frozenset()
    """The same in every language: by these a note of ours is told from a trainee's own."""


@dataclass(frozen=True)
class Merged:
    """The notebook, and the ids of the cells that are now in it in two versions."""

    notebook: NotebookNode
    conflicts: tuple[str, ...]


def merge(base: NotebookNode, local: NotebookNode, remote: NotebookNode, note: Note) -> Merged:
    """Bring what the course changed from `base` to `remote` into `local`, the trainee's.

    All three are nbformat 4.5 or newer, and their ids are unique.
    """
    was, mine, new = (_by_id(one) for one in (base, local, remote))
    families = _families(mine, {**was, **new})
    was_all, new_all = (_with_stand_ins(cells, mine, families, note) for cells in (was, new))
    if_gone = {one for one, family in families.items() if not family}
    cells = _merged_cells(was_all, mine, new_all, if_gone)
    order = _order(list(was), list(mine), list(new), cells)
    conflicts = [one for one in new if _unseen(one, was, new, cells, families[one])]
    taken = {*was, *mine, *new}
    for one in conflicts:
        last = max(order.index(member) for member in families[one])
        pair = _pair(new[one], note, taken)
        order[last + 1 : last + 1] = [cell.id for cell in pair]
        cells.update(_named(pair))
    notebook = NotebookNode(
        cells=[cells[one] for one in order],
        metadata=_merged_metadata(base.metadata, local.metadata, remote.metadata),
        nbformat=4,
        nbformat_minor=max(local.nbformat_minor, remote.nbformat_minor),
    )
    return Merged(notebook, tuple(conflicts))


def _by_id(notebook: NotebookNode) -> Cells:
    return _named(notebook.cells)


def _named(cells: Iterable[NotebookNode]) -> Cells:
    return {cell.id: cell for cell in cells}


# -- the course's new version of a cell, beside the trainee's: "stand-ins" of the cell


def _stem(cell_id: str) -> str:
    if len(cell_id) <= _LONGEST_STEM:
        return cell_id
    return sha256(cell_id.encode()).hexdigest()[:_LONGEST_STEM]


def _families(mine: Cells, course: Cells) -> dict[str, list[str]]:
    """Return, for each cell of the course, those in the trainee's notebook that stand for it."""
    families = {one: [one] if one in mine else [] for one in course}
    stems = {_stem(one): one for one in course}
    for one in mine:
        found = _UPDATE.fullmatch(one)
        if found and one not in course and found["stem"] in stems:
            families[stems[found["stem"]]].append(one)
    return families


def _with_stand_ins(
    course: Cells, mine: Cells, families: Mapping[str, list[str]], note: Note
) -> Cells:
    """Add the stand-ins: a stand-in that the trainee leaves alone follows the course's cell."""
    cells = dict(course)
    ours: list[tuple[object, ...]] = [("markdown", text, {}) for text in note.known]
    for one in course:
        for stand_in in families[one]:
            cells[stand_in] = NotebookNode(course[one], id=stand_in)
            before = _note_id(stand_in)
            if before in mine and _body(mine[before]) in ours:
                cells[before] = mine[before]
    return cells


def _note_id(update_id: str) -> str:
    return "-note-".join(update_id.rsplit("-update-", 1))


def _unseen(one: str, was: Cells, new: Cells, cells: Cells, family: Collection[str]) -> bool:
    """Whether a change of the course is in none of the cells that stand for this one."""
    if one in was and _body(was[one]) == _body(new[one]):
        return False
    return bool(family) and all(_body(cells[each]) != _body(new[one]) for each in family)


def _pair(new: NotebookNode, note: Note, taken: set[str]) -> list[NotebookNode]:
    for number in count(1):
        update = f"{_stem(new.id)}-update-{number}"
        if not taken & {update, _note_id(update)}:
            break
    return [new_markdown_cell(note.text, id=_note_id(update)), NotebookNode(new, id=update)]


# -- what is in a cell


def _body(cell: NotebookNode) -> tuple[object, ...]:
    # A tuple, because nbdime merges inside of strings, lists and dicts, and of nothing else.
    return (cell.cell_type, cell.source, cell.get("attachments") or {})


def _ran(cell: NotebookNode) -> tuple[object, ...]:
    return (cell.cell_type, cell.get("outputs") or [], cell.get("execution_count"))


def _as_wholes(metadata: Mapping[str, object]) -> dict[str, tuple[object]]:
    return {key: (value,) for key, value in metadata.items()}


def _fields(cell: NotebookNode) -> dict[str, object]:
    return {"body": _body(cell), "ran": _ran(cell), "metadata": _as_wholes(cell.metadata)}


def _touched(was: NotebookNode | None, mine: NotebookNode, new: NotebookNode | None) -> bool:
    """Whether a cell is the trainee's own work, which nothing may change."""
    if was is None or _body(was) != _body(mine):
        return True
    # What they ran cannot go with a new version that cannot be run.
    return new is not None and new.cell_type != mine.cell_type and _ran(was) != _ran(mine)


# -- which cells there are, and what is in each


def _merged_cells(was: Cells, mine: Cells, new: Cells, if_gone: Collection[str]) -> Cells:
    documents = [{one: _fields(cell) for one, cell in cells.items()} for cells in (was, mine, new)]
    decisions = decide_merge(*documents)
    for decision in decisions:
        if decision.conflict:
            decision.action = _resolved(decision, if_gone)
    merged = apply_decisions(documents[0], decisions)
    return {
        one: mine[one]
        if one in mine and _touched(was.get(one), mine[one], new.get(one))
        else _cell(one, fields, mine.get(one))
        for one, fields in merged.items()
    }


def _resolved(decision: Decision, if_gone: Collection[str]) -> str:
    """Say whose side a conflict takes, as nbdime names it."""
    local, remote = decision.local_diff[0], decision.remote_diff[0]
    if not decision.common_path and local.op == "remove":
        changed = any(one.key == "body" for one in remote.diff)
        return "remote" if changed and local.key in if_gone else "local"
    if not decision.common_path and remote.op == "remove":
        worked_on = any(one.key in ("body", "ran") for one in local.diff)
        return "local" if worked_on else "remote"
    return "local"


def _cell(one: str, fields: Mapping[str, Any], mine: NotebookNode | None) -> NotebookNode:
    cell_type, source, attachments = fields["body"]
    metadata = {key: value for key, (value,) in fields["metadata"].items()}
    cell = NotebookNode(mine or {}, id=one, cell_type=cell_type, source=source, metadata=metadata)
    for key in ("attachments", "outputs", "execution_count"):
        cell.pop(key, None)
    if attachments:
        cell.attachments = attachments
    if cell_type == "code":
        _, cell.outputs, cell.execution_count = fields["ran"]
    return cell


def _merged_metadata(base: NotebookNode, local: NotebookNode, remote: NotebookNode) -> NotebookNode:
    documents = [_as_wholes(one) for one in (base, local, remote)]
    decisions = decide_merge(*documents)
    for decision in decisions:
        if decision.conflict:
            decision.action = "local"
    merged = apply_decisions(documents[0], decisions)
    return NotebookNode({key: value for key, (value,) in merged.items()})


# -- in which order


def _order(was: list[str], mine: list[str], new: list[str], present: Collection[str]) -> list[str]:
    """Keep to the course's order, or to the trainee's where they have moved cells.

    A cell that only one of them has follows the cell that it followed there.
    """
    was, mine, new = ([one for one in ids if one in present] for ids in (was, mine, new))
    moved = [one for one in was if one in mine] != [one for one in mine if one in was]
    theirs = {*was, *new}
    course = _woven([one for one in mine if one in theirs], new) if moved else new
    return _woven(course, mine)


def _woven(trunk: list[str], other: list[str]) -> list[str]:
    following: dict[str | None, list[str]] = {None: []}
    known, last = set(trunk), None
    for one in other:
        if one in known:
            last = one
        else:
            following.setdefault(last, []).append(one)
    return list(_each_with(following, trunk))


def _each_with(following: Mapping[str | None, list[str]], trunk: list[str]) -> Iterator[str]:
    for one in (None, *trunk):
        if one is not None:
            yield one
        yield from following.get(one, ())
