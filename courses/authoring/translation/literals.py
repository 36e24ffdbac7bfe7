"""The literals in a code cell that a trainee reads, found in its syntax tree. Pure.

They are what `lesson`, `exercise`, `Check` and `quiz` show, and each string on a line that ends
in the comment `# translate`. An f-string is read with its fields: `NumPy: {numpy_s:.3f} seconds`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from courses.authoring.translation.fields import FIELD, fields

_SHOWN_ARGUMENTS = {
    "exercise": (),
    "quiz": (),
    "Check": (0, 2),
    "ArrayCheck": (0, 2),
    "FrameCheck": (0, 2),
    "FunctionCheck": (0, 2),
    "GpuCheck": (0, 1),
    "JobCheck": (0, 1),
    "NumberCheck": (0, 2),
    "PlotCheck": (0, 1),
    "TextCheck": (0, 2),
}
"""The functions of `courses.learn` that show texts, and which positions of arguments are texts."""
_SHOWN_KEYWORDS = frozenset(
    {"title", "name", "message", "hint", "hints", "question", "choices", "feedback", "text"}
)
_SHOWN_KEYWORDS_OF_CHECKS = frozenset({"name", "message"})
"""What else a check is given is what it compares with, such as a plot's title."""
MARK = re.compile(r"[ \t]*#[ \t]*translate[ \t]*$")
LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
"""A line as Python counts them, with its end."""
# What IPython reads and Python does not: magics, shell commands, questions.
_IPYTHON = re.compile(
    r"^([ \t]*)(?:[%!?].*|[\w., \t]+=[ \t]*[%!].*|[\w.%]+\?{1,2}[ \t]*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Text:
    """One literal: what it says, and where it stands in the code, in characters."""

    value: str
    start: int
    end: int
    is_fstring: bool


def texts(code: str) -> tuple[Text, ...]:
    """Return the texts of a code cell in their order; none where it is not Python."""
    python = as_python(code)
    tree = parsed(python)
    if tree is None:
        return ()
    finder = _Finder(_marked_in(python))
    finder.visit(tree)
    found = [_text(code, node) for node in finder.found.values()]
    return tuple(sorted((one for one in found if one), key=lambda one: one.start))


def marked_lines(code: str) -> frozenset[int]:
    """Return the numbers of the lines that end in `# translate`, from 1."""
    return _marked_in(as_python(code))


class _Finder(ast.NodeVisitor):
    """Collects literals by their place: one that is found twice counts once."""

    def __init__(self, marked: frozenset[int]) -> None:
        self.found: dict[tuple[int, int], ast.expr] = {}
        self._marked = marked

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in _SHOWN_ARGUMENTS:
            for argument in (node.args[i] for i in _SHOWN_ARGUMENTS[name] if i < len(node.args)):
                self._collect(argument)
            is_check = name.endswith("Check")
            shown = _SHOWN_KEYWORDS_OF_CHECKS if is_check else _SHOWN_KEYWORDS
            for keyword in node.keywords:
                if keyword.arg in shown:
                    self._collect(keyword.value)
        elif name == "lesson":
            # A mapping gives titles; a list is of ids, and no text.
            for keyword in node.keywords:
                if keyword.arg == "exercises" and isinstance(keyword.value, ast.Dict):
                    self._collect(keyword.value)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.end_lineno in self._marked:
            self._add(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        # Its parts are not visited: before Python 3.12 they do not know where they are.
        if node.end_lineno in self._marked:
            self._add(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)  # a key is no text

    def _collect(self, node: ast.expr) -> None:
        """Take a text, and each one in a list, a tuple or the values of a dictionary."""
        if isinstance(node, ast.List | ast.Tuple):
            for element in node.elts:
                self._collect(element)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                self._collect(value)
        elif isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str):
            self._add(node)

    def _add(self, node: ast.expr) -> None:
        self.found[node.lineno, node.col_offset] = node


def as_python(code: str) -> str:
    """Return the code with IPython's own lines blanked where it does not parse with them.

    Every other line, and every character in it, is where it was.
    """
    return code if parsed(code) else _IPYTHON.sub(r"\1pass", code)


def parsed(code: str) -> ast.Module | None:
    """Return the syntax tree, or None for what is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an author's "\d" is not ours to remark on
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _marked_in(python: str) -> frozenset[int]:
    return frozenset(
        token.start[0]
        for token in _tokens(python)
        if token.type == tokenize.COMMENT and MARK.search(token.string)
    )


def _tokens(python: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(python, newline="").readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _text(code: str, node: ast.expr) -> Text | None:
    start = offset(code, node.lineno, node.col_offset)
    end = offset(code, node.end_lineno or node.lineno, node.end_col_offset or 0)
    # In brackets: its parts may stand on several lines.
    alone = parsed(f"({code[start:end]}\n)")
    statement = alone.body[0] if alone and len(alone.body) == 1 else None
    if not isinstance(statement, ast.Expr) or ast.dump(statement.value) != ast.dump(node):
        return None
    value = _shown(node)
    if value is None or not any(one.isalpha() for one in FIELD.sub("", value)):
        return None
    return Text(value, start, end, is_fstring=isinstance(node, ast.JoinedStr))


def offset(code: str, line: int, column: int) -> int:
    """Turn a place of `ast`, a line and a column in bytes, into one in characters of the code."""
    lines = LINE.findall(code)
    before = [0, *accumulate(len(one) for one in lines)][line - 1]
    text = lines[line - 1] if line <= len(lines) else ""
    return before + len(text.encode(errors="surrogatepass")[:column].decode(errors="replace"))


def _shown(node: ast.expr) -> str | None:
    """Return what a translator sees of it; None for an f-string too clever to be put back."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts, filled = [], []
    for part in getattr(node, "values", ()):
        if isinstance(part, ast.Constant):
            parts.append(str(part.value).replace("{", "{{").replace("}", "}}"))
            continue
        field = ast.unparse(ast.JoinedStr([part]))[2:-1]
        filled.append(field)
        parts.append(field)
    shown = "".join(parts)
    simple = not any(quote in "".join(filled) for quote in "'\"\\")
    only_fields = [one for one in fields(shown) if one.startswith("{")] == filled
    return shown if simple and only_fields else None
