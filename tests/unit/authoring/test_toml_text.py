"""What is written as TOML is read again as it was."""

import tomllib

import pytest

from courses.authoring.toml_text import as_toml


@pytest.mark.parametrize(
    "value",
    [
        'a "quoted" \\ text\nof two lines, ü, \u2028, \x00 and \x7f',
        True,
        -3,
        2.5e300,
        float("inf"),
        [],
        [{"id": "one", "needs": {"gpu": "none"}}, {}],
        {"pt-BR": "Olá", "a key": {"": 1}, 'a "quoted" key': [1, [2]]},
    ],
)
def test_a_value_is_read_as_it_was_written(value):
    assert tomllib.loads(as_toml({"key": value, "next": 1})) == {"key": value, "next": 1}
