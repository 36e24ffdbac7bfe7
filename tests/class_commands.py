"""`onboard class ...` for a site that is up, as its operator calls it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from running_site import RunningSite

from courses.service.store import tables
from spawners.seats import CLASS_ID


class Commands:
    """`onboard class ...` for one running site, as its operator calls it."""

    def __init__(self, site: RunningSite) -> None:
        self.site = site

    def __call__(self, *words: str) -> str:
        command = [str(Path(sys.executable).with_name("onboard"))]
        done = subprocess.run(
            [*command, "class", *words, "--site", self.site.name],
            env={
                **os.environ,
                "ONBOARD_DATA": str(self.site.data_dir),
                "ONBOARD_PORT": str(self.site.port),
                "COLUMNS": "200",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plan(self, roster: Path, people: Sequence[str], minutes: float, *options: str) -> str:
        """Plan a class that begins so many minutes from now; return its id."""
        begins = datetime.now().astimezone() + timedelta(minutes=minutes)
        times = (begins.isoformat(), (begins + timedelta(minutes=40)).isoformat())
        roster.write_text("Name;User\n" + "".join(f"X;{one}\n" for one in people), "utf-8")
        said = self(
            *("new", "welcome", "--group", "Tuesday", "--starts", times[0], "--ends", times[1]),
            *("--roster", str(roster), "--size", "cpu-small", *options),
        )
        found = re.search(rf"class ({CLASS_ID}) for {len(people)},", said)
        assert found, said
        return found[1]

    def states(self, class_id: str) -> dict[str, str]:
        """Return where each seat stands."""
        rows = re.findall(r"│ (trainee\d*)\s*│ ([a-z ]+?)\s*│", self("show", class_id))
        return dict(rows)

    def hasten(self, class_id: str, **columns: int) -> None:
        """Make a class's times shorter than anybody would plan."""
        engine = sa.create_engine(f"sqlite:///{self.site.data_dir}/hub/learning.sqlite")
        with engine.begin() as connection:
            one = tables.classes.c.id == class_id
            connection.execute(tables.classes.update().where(one).values(**columns))
        engine.dispose()
