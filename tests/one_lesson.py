"""A published course of one lesson, in English and French."""

from __future__ import annotations

from pathlib import Path

import published
from passing import passing_record

from courses.authoring import manifest
from courses.catalogue import Catalogue

COURSE = """
id = "welcome"
version = "1.0.0"
title = "Welcome"
summary = "What this machine is."
authors = ["A. Teacher"]
licence = "CC BY 4.0"
languages = ["fr", "de"]
[[lessons]]
id = "first"
title = "Your first session"
summary = "What you have."
notebook = "part 1/first.ipynb"
duration_minutes = 15
"""


def publish(tmp_path: Path, notebook: str, version: str = "1.0.0") -> None:
    """Make this the course's current release."""
    source = tmp_path / f"source-{version}"
    (source / "part 1").mkdir(parents=True)
    (source / "part 1" / "first.ipynb").write_text(notebook)
    (source / "part 1" / "first.fr.ipynb").write_text(notebook.replace("{}", '{"language": "fr"}'))
    (source / "course.toml").write_text(COURSE.replace("1.0.0", version))
    course = manifest.load(source)
    record = passing_record(course)
    record = record.model_copy(update={"content_hash": (version.replace(".", "") * 22)[:64]})
    published.publish(Catalogue(tmp_path / "catalogue"), source, record)
