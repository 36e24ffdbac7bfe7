from courses.authoring.toml_lines import key_lines, line_of

TEXT = '''# A comment.
id = "x"
text = """
[[lessons]]
id = 3
"""
list = [
  1,
  2, # two
]
"a.b".c = { d = [ { e = 1 } ] }

[[lessons]]
id = "one"
[lessons.needs]
gpu = "none"
[[lessons.cells]]
n = 1
[[lessons]]
[[lessons.cells]]
n = 2
[[lessons.cells]]
n = 3
[other.table]
last = 1
'''


def test_each_key_has_the_line_that_it_starts_on():
    lines = key_lines(TEXT)

    assert lines["id",] == 2
    assert lines["text",] == 3
    assert lines["list",] == 7
    assert lines["a.b", "c", "d", 0, "e"] == 11
    assert lines["lessons", 0] == 13
    assert lines["lessons", 0, "id"] == 14
    assert lines["lessons", 0, "needs", "gpu"] == 16
    assert lines["lessons", 0, "cells", 0, "n"] == 18
    assert lines["lessons", 1] == 19
    assert lines["lessons", 1, "cells", 1, "n"] == 23
    assert lines["other", "table", "last"] == 25


def test_lines_are_the_same_with_windows_line_ends():
    assert key_lines(TEXT.replace("\n", "\r\n")) == key_lines(TEXT)


def test_a_key_that_is_not_there_is_at_what_it_is_missing_from():
    lines = key_lines(TEXT)

    assert line_of(("lessons", 1, "title"), lines) == 19
    assert line_of(("version",), lines) == 1
