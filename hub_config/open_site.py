"""Everything `onboard up` does, in order: the cluster, the courses, the hub; then it waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from courses.authoring import manifest
from courses.authoring.content import content_hash
from courses.catalogue import Catalogue
from courses.releases.fitting import fit
from courses.validation.packages import lacking
from hub_config import up
from hub_config.onebox import cluster
from hub_config.onebox.layout import Layout
from hub_config.site import Site
from spawners.errors import InvalidInput

_PUBLISH_LIMIT_S = 3600


def open_site(site: Site, courses: Path | None, console: Console) -> None:
    """Bring up what the site needs, publish `courses`, and run the hub until Ctrl-C."""
    site.require_complete()
    with _cluster(console) if site.machine.name == "onebox" else contextlib.nullcontext():
        if courses is not None:
            publish_all(site, courses, console)
        asyncio.run(up.run(site, console.print, lambda opened: _welcome(site, opened, console)))


@contextlib.contextmanager
def _cluster(console: Console) -> Iterator[None]:
    """Have the one-machine cluster up; it goes down with us, unless it was up before."""
    layout = Layout()
    was_up = cluster.status(layout).up
    console.print("Bringing up the one-machine Slurm cluster.")
    cluster.up(layout)
    try:
        yield
    finally:
        if not was_up:
            console.print("Taking the cluster down.")
            cluster.down(layout)


def publish_all(site: Site, courses: Path, console: Console) -> None:
    """Publish each course in the folder whose content the catalogue does not have yet.

    What was withdrawn, or stands behind another version since a rollback, stays as it is.
    A lesson that the machine cannot run, and a course that does not pass, are left out, and said;
    the site opens with the others.
    """
    for folder in sorted(path.parent for path in courses.glob(f"*/{manifest.MANIFEST}")):
        try:
            _publish_what_fits(site, folder, console)
        except InvalidInput as error:
            said = f"{error}\nThe course in {folder} is not published."
            console.print(said, style="red", markup=False, soft_wrap=True)


def _publish_what_fits(site: Site, folder: Path, console: Console) -> None:
    catalogue = Catalogue(site.catalogue)
    with tempfile.TemporaryDirectory(prefix="onboard-fit-") as scratch:
        fitted = fit(folder, site.machine, Path(scratch), lacking)
        course = manifest.load(fitted.folder)
        if not catalogue.has(course.id, content_hash(fitted.folder)):
            console.print(f"Validating and publishing the course {course.title} ...")
            for one in fitted.left_out:
                console.print(f"Without its lesson {one.lesson}: {one.message}")
            if not _publish(site, fitted.folder):
                said = f"The course {course.title} is not published; see above."
                console.print(said, style="red")


def _publish(site: Site, folder: Path) -> bool:
    command = [sys.executable, "-m", "hub_config.cli", "course", "publish", str(folder)]
    done = subprocess.run(
        [*command, "--site", site.reference],
        env={**os.environ, "ONBOARD_DATA": str(site.data_dir)},
        timeout=_PUBLISH_LIMIT_S,
        check=False,
    )
    return done.returncode == 0


def _welcome(site: Site, opened: up.Opened, console: Console) -> None:
    console.print(f"{site.title} is at {opened.address}", soft_wrap=True)
    if opened.passwords:
        table = Table("user", "password")
        for user, password in opened.passwords.items():
            table.add_row(user, password)
        console.print(table)
    console.print("Open the address in a browser and sign in. Ctrl-C ends everything.")
