"""Every rule, once where it has something to say and once where it has not."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes
from PIL import Image

from courses.lint.run import RULES, findings

from .conftest import PYTHON, Given

SUM = hashlib.sha256(b"1,2\n").hexdigest()
PINNED = f'[[data]]\npath = "data/x.csv"\nsha256 = "{SUM}"\n'
PO = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgctxt "one/text"
msgid "{}"
msgstr "{}"
"""


def text(source: str, id: str = "text") -> NotebookNode:  # noqa: A002
    return new_markdown_cell(source, id=id)


def code(source: str, **others: object) -> NotebookNode:
    return new_code_cell(source, id=others.pop("id", "code"), **others)


def picture(colour: str, *, ink: str = "black", **metadata: object) -> NotebookNode:
    """A cell that drew a line of one colour on another."""
    image = Image.new("RGBA", (40, 20), colour)
    image.paste(ink, (5, 5, 35, 8))
    png = io.BytesIO()
    image.save(png, "PNG")
    data = {"image/png": base64.b64encode(png.getvalue()).decode()}
    output = new_output("display_data", data)
    return code("draw()", outputs=[output], execution_count=1, metadata=metadata)


def plot(source: str) -> NotebookNode:
    return code(f"import matplotlib.pyplot as plt\n{source}")


def translated(before: str, after: str) -> Given:
    return Given(files={"locale/fr.po": PO.format(before, after)}, top='languages = ["fr"]\n')


def printed(*counts: int | None) -> Given:
    stream = new_output("stream", name="stdout", text="1\n")
    return Given(
        [
            code("print(1)", id=f"run-{place}", execution_count=count, outputs=[stream])
            for place, count in enumerate(counts)
        ]
    )


def other_notebook() -> str:
    return writes(new_notebook(cells=[text("# Other")], metadata=PYTHON))


ROUTINE = "\n".join(f"step_{number} = {number}" for number in range(61))
FRENCH = '{ en = "One", fr = "Un" }'

FIRES = {
    "one-title": Given([text("# A\n\n# B")]),
    "heading-skips-level": Given([text("# A\n\n### C")]),
    "heading-twice": Given([text("# A\n\n## B\n\n## B")]),
    "heading-empty": Given([text("# A\n\n##")]),
    "alt-text": Given([text("![](a.png)")]),
    "output-alt-text": Given([picture("white")]),
    "link-target": Given([text("[the data](data/y.csv)")], {"data/x.csv": "1,2\n"}),
    "link-scheme": Given([text("[run me](javascript:alert(1))")]),
    "link-http": Given([text("[the site](http://example.org)")]),
    "link-text": Given([text("[here](https://example.org)")]),
    "long-cell": Given([code(ROUTINE[: ROUTINE.index("step_31")])]),
    "very-long-cell": Given([code(ROUTINE)]),
    "long-line": Given([code(f"x = {'1' * 100}")]),
    "empty-cell": Given([code(" \n")]),
    "install": Given([code("%pip install torch")]),
    "download": Given([code("import requests\nrequests.get('https://example.org/x.csv')")]),
    "shell": Given([code("!nvidia-smi")]),
    "data-unpinned": Given([code("open('data/x.csv')")], {"data/x.csv": "1,2\n"}),
    "data-changed": Given((), {"data/x.csv": "3,4\n"}, end=PINNED),
    "data-large": Given((), {"big.bin": bytes(21 * 1024 * 1024)}),
    "path-in-code": Given([code("open('/home/ada/x.csv')")]),
    "path-in-text": Given([text("It is in `/scratch/p1234`.")]),
    "translation-missing": Given(top='languages = ["fr"]\n'),
    "translation-title": Given(top='languages = ["fr"]\n'),
    "translation-structure": translated("## A [b](https://c.org)", "### A [b](https://c.org)"),
    "translation-targets": translated("[b](https://c.org)", "[b](https://d.org)"),
    "translation-values": translated("Use `np.abs` on {name}", "Utilise `np.sum` sur {nom}"),
    "colour-contrast": Given([plot("plt.plot(x, color='yellow')")]),
    "colour-map": Given([plot("plt.imshow(x, cmap='jet')")]),
    "picture-contrast": Given([picture("white", ink="#eeeeee")]),
    "duration": Given([text("word " * 3000)]),
    "kernel": Given(metadata={"kernelspec": {"name": "ir", "display_name": "R"}}),
    "run-order": printed(2, 1),
    "run-unknown": printed(None),
    "unknown-tag": Given([code("1", metadata={"tags": ["nbval-ignore-ouput"]})]),
    "exercise-twice": Given([code("exercise('a')"), code("quiz('a')", id="again")]),
    "notebook-unreadable": Given(files={"two.ipynb": "{"}),
    "notebook-missing": Given(
        end='[[lessons]]\nid = "two"\ntitle = "Two"\nsummary = "Two."\n'
        'notebook = "two.ipynb"\nduration_minutes = 5\n'
    ),
    "notebook-unused": Given(files={"two.ipynb": other_notebook()}),
    "unknown-rule": Given([code("1", metadata={"onboard": {"allow": ["long-lines"]}})]),
}

QUIET = {
    "one-title": Given([text("# A\n\n## B")]),
    "heading-skips-level": Given([text("# A\n\n## B\n\n### C\n\n## D")]),
    "heading-twice": Given([text("# A\n\n## B\n\n## C\n\n```\n## B\n```")]),
    "heading-empty": Given([text("# A")]),
    "alt-text": Given([text('![A curve that rises.](a.png)\n\n<img src="line.png" alt="">')]),
    "output-alt-text": Given([picture("white", alt="A black line.")]),
    "link-target": Given(
        [text("# A b\n\n[the data](data/x%20y.csv) [up](#A-b)")], {"data/x y.csv": "1,2\n"}
    ),
    "link-scheme": Given([text("[write](mailto:a@example.org) [see](https://example.org)")]),
    "link-http": Given([text("[the site](https://example.org)")]),
    "link-text": Given([text("[the manual](https://example.org)")]),
    "long-cell": Given([code(ROUTINE[: ROUTINE.index("step_30")])]),
    "very-long-cell": Given([code(ROUTINE[: ROUTINE.index("step_60")])]),
    "long-line": Given([code(f"x = {'1' * 96}")]),
    "empty-cell": Given([code("# yours")]),
    "install": Given([code("# %pip install torch\nprint('pip install torch')")]),
    "download": Given(
        [code("load_dataset('csv', data_files='data/x.csv')\nd.get('https://a.org')")],
        {"data/x.csv": "1,2\n"},
    ),
    "shell": Given([code("%matplotlib inline\nprint('!ls')")]),
    "data-unpinned": Given([code("open('data/x.csv')")], {"data/x.csv": "1,2\n"}, end=PINNED),
    "data-changed": Given((), {"data/x.csv": "1,2\n"}, end=PINNED),
    "data-large": Given((), {"small.bin": bytes(1024)}),
    "path-in-code": Given([code("open('data/x.csv')\nget('https://a.org/home/x')\nx = '~5 %'")]),
    "path-in-text": Given([text("About ~5 minutes. See <https://example.org/home/x>, and/or.")]),
    "translation-missing": translated("a", "b"),
    "translation-title": Given(),
    "translation-structure": translated("## A [b](https://c.org)", "## Ah [bé](https://c.org)"),
    "translation-targets": translated("[b](https://c.org)", "[bé](https://c.org)"),
    "translation-values": translated("Use `np.abs` on {name:.2f}", "{name:.2f} avec `np.abs`"),
    "colour-contrast": Given([plot("plt.plot(x, color='tab:blue')\nplt.text(1, 1, 'a', c='k')")]),
    "colour-map": Given([plot("plt.imshow(x, cmap='viridis')")]),
    "picture-contrast": Given([picture("white")]),
    "duration": Given([text("word " * 900)]),
    "kernel": Given(),
    "run-order": printed(1, 3),
    "run-unknown": printed(1),
    "unknown-tag": Given([code("1", metadata={"tags": ["nbval-ignore-output", "mine"]})]),
    "exercise-twice": Given([code("exercise('a')"), code("quiz('b')", id="again")]),
    "notebook-unreadable": Given(files={"two.ipynb": other_notebook()}),
    "notebook-missing": Given(),
    "notebook-unused": Given(),
    "unknown-rule": Given([code("1", metadata={"onboard": {"allow": ["long-line"]}})]),
}

NAMES = [rule.name for rule in RULES]


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_speaks_where_something_is_wrong(maker, name):
    found = [one for one in findings(FIRES[name].write(maker)) if one.rule == name]

    assert found
    for one in found:
        assert one.message.endswith(".")
        assert one.fix.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_quiet_where_nothing_is(maker, name):
    found = findings(QUIET[name].write(maker))

    assert [str(one) for one in found if one.rule == name] == []


def test_there_is_no_rule_of_the_same_name():
    assert len(set(NAMES)) == len(NAMES)
