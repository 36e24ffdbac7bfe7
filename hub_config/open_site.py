"""Everything `onboard up` does, in order: the cluster, the courses, the hub; then it waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hub_config import up
from hub_config.site import Site


def open_site(site: Site, courses: Path | None, console: Console) -> None:
    """Bring up what the site needs, publish `courses`, and run the hub until Ctrl-C."""
    if site.machine.name == "onebox":
        from hub_config.onebox import cluster, layout

        console.print("Bringing up the one-machine Slurm cluster.")
        cluster.up(layout.Layout())
    if courses is not None:
        publish_all(site, courses, console)
    asyncio.run(up.run(site, console.print, lambda opened: _welcome(site, opened, console)))


def publish_all(site: Site, courses: Path, console: Console) -> None:
    """Publish each course in the folder whose content the catalogue does not have yet."""
    from courses.authoring import manifest

    for folder in sorted(path.parent for path in courses.glob(f"*/{manifest.MANIFEST}")):
        console.print(folder)


def _welcome(site: Site, opened: up.Opened, console: Console) -> None:
    table = Table("user", "password", title=f"{site.title}: {opened.address}")
    for user, password in opened.passwords.items():
        table.add_row(user, password)
    console.print(table)
    console.print("Open the address in a browser and sign in. Ctrl-C ends everything.")
