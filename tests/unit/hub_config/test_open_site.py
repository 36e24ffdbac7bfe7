"""What `onboard up` does with a folder of courses."""

from types import SimpleNamespace

from rich.console import Console

from hub_config.open_site import publish_all


def test_a_course_that_cannot_be_read_keeps_no_site_closed(tmp_path, capsys):
    # given two courses with a mistake in their course.toml
    for name, text in (("first", "id = "), ("second", 'lessons = [{ id = "one" }]')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "course.toml").write_text(text)
    site = SimpleNamespace(catalogue=tmp_path / "catalogue", machine=None)

    # when they are to be published
    publish_all(site, tmp_path, Console())

    # then both are told, and nothing else happens
    said = capsys.readouterr().out
    assert "first/course.toml: not TOML" in said
    assert "second/course.toml:1: lessons[one].title: the key is missing" in said
    assert f"The course in {tmp_path / 'second'} is not published." in said
