"""A site with two published versions of a course, and each command of releases, ready to be run."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner
from passing import passing_record

from courses.authoring.content import content_hash
from courses.authoring.manifest import load
from courses.catalogue import Catalogue
from courses.cli import course
from courses.releases.history import HISTORY
from courses.validation.signing import signed
from spawners.errors import OnboardError

ACTS = ("publish", "withdraw", "withdraw all", "roll back", "roll back withdrawn", "import")
"""What changes the catalogue."""
FILES = ("export", "build")
"""What writes elsewhere."""


class ReleaseSite:
    """The trainees' version is 1.1.0; 1.0.0 stands beside it."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self._source = folder, source
        self._text = (source / "course.toml").read_text()
        self.catalogue_ = Catalogue(folder / "catalogue")
        self.home = folder / "catalogue" / "tiny"
        self.written = {"export": folder / "out" / "new.tar.gz", "build": folder / "out" / "built"}
        for version in ("1.0.0", "1.1.0"):
            assert self.run(*self._to_publish(version)) == "done"
        assert self.run("export", "tiny", "--output", folder / "old.tar.gz") == "done"
        self._commands = {
            "publish": self._to_publish("1.2.0"),
            "withdraw": ("withdraw", "tiny", "--version", "1.1.0"),
            "withdraw all": ("withdraw", "tiny"),
            "roll back": ("rollback", "tiny", "1.0.0"),
            "roll back withdrawn": ("rollback", "tiny", "1.1.0", "--even-withdrawn"),
            "import": ("import-release", folder / "old.tar.gz"),
            "export": ("export", "tiny", "--output", self.written["export"]),
            "build": ("build", source, self.written["build"]),
        }

    def catalogue(self, site: str) -> Path:
        return self.folder / "catalogue"

    def trusted_keys(self, site: str) -> tuple[str, ...]:
        return ()

    def prepare(self, act: str) -> None:
        """Bring the site to where that command begins, and remember it for `again`."""
        if act == "roll back withdrawn":
            assert self.run("withdraw", "tiny", "--version", "1.1.0") == "done"
        if act == "import":
            shutil.rmtree(self.home)
            self.home.mkdir()
        shutil.copytree(self.folder / "catalogue", self.folder / "kept", symlinks=True)

    def again(self) -> None:
        """Bring the site back to there."""
        for made, kept in (("catalogue", "kept"), ("out", "")):
            shutil.rmtree(self.folder / made, ignore_errors=True)
            if kept:
                shutil.copytree(self.folder / kept, self.folder / made, symlinks=True)
        (self.folder / "out").mkdir()

    def act(self, name: str) -> str:
        """Give that command; return `done` or what it says is wrong. What else it raises is."""
        return self.run(*self._commands[name])

    def run(self, *words: object) -> str:
        try:
            CliRunner().invoke(
                course, [str(one) for one in words], obj=self, catch_exceptions=False
            )
        except OnboardError as error:
            return str(error)
        return "done"

    @property
    def offered(self) -> str | None:
        """The version that trainees get."""
        found = self.catalogue_.course("tiny")
        return found.manifest.version if found else None

    @property
    def state(self) -> object:
        """All that one can see of the course, but when it was done."""
        done = [(one.what, one.version) for one in self.catalogue_.history("tiny")]
        versions = self.catalogue_.versions("tiny")
        return self.offered, versions, done, self.names, self.files

    @property
    def names(self) -> list[str]:
        """What is in the course's folder in the catalogue; an empty history says what none says."""
        return sorted(
            one.name for one in self.home.iterdir() if one.name != HISTORY or one.stat().st_size
        )

    @property
    def files(self) -> list[str]:
        """What was written elsewhere, and what lies about."""
        places = (self.folder / "out", self.folder / "tmp")
        found = (one for place in places for one in place.rglob("*"))
        return sorted(str(one.relative_to(self.folder)) for one in found)

    def _to_publish(self, version: str) -> tuple[object, ...]:
        (self._source / "course.toml").write_text(self._text.replace("1.2.3", version))
        record = passing_record(load(self._source))
        record = record.model_copy(update={"content_hash": content_hash(self._source)})
        place = self.folder / f"{version}.json"
        place.write_text(signed(record).model_dump_json())
        return "publish", self._source, "--record", place
