"""Markdown, cut for translators and put together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.authoring.translation.blocks import rewritten, split

BITS = st.sampled_from(
    [
        "# Title",
        "- a\n- b",
        "1. one",
        "```python\nx = 1\n```",
        "```\nopen",
        "> quote",
        "| a |\n|---|",
        "text",
        "  two  ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "    code",
        "---",
        "<div>",
        "[a]: b",
        "\u2028",
    ]
)
MARKDOWN = st.lists(st.one_of(BITS, st.text(max_size=8)), max_size=12).map("\n".join)


def texts(markdown):
    return [block.text for block in split(markdown) if block.translatable]


@given(st.one_of(MARKDOWN, st.text()))
def test_blocks_in_their_order_are_the_text_again(markdown):
    assert "".join(block.text for block in split(markdown)) == markdown
    assert rewritten(markdown, lambda text: text) == markdown


def test_a_paragraph_a_heading_a_list_a_table_and_a_quote_are_a_block_each():
    markdown = (
        "# Title\nText,\nstill text.\n- one\n\n  more of one\n- two\n\n"
        "| a | b |\n|---|---|\n| c | d |\n\n> quoted\n"
    )
    assert texts(markdown) == [
        "# Title",
        "Text,\nstill text.",
        "- one\n\n  more of one\n- two",
        "| a | b |\n|---|---|\n| c | d |",
        "> quoted",
    ]


@pytest.mark.parametrize(
    "block",
    [
        "```python\nprint('hello')\n\n# end\n```",
        "    indented code",
        "---",
        "$$\na = b\n$$",
        "1 + 2 = 3",
        "<!-- a note -->",
    ],
)
def test_code_formulas_and_what_has_no_words_are_not_for_translators(block):
    assert texts(f"Before.\n\n{block}\n\nAfter.") == ["Before.", "After."]


def test_a_translation_takes_the_place_of_its_block_alone():
    said = rewritten("One.\n\n\n```\nOne.\n```\n- two\n", {"One.": "Un.", "- two": "- deux"}.get)
    assert said == "Un.\n\n\n```\nOne.\n```\n- deux\n"
