"""`onboard course export` and `import-release`: a release from one site to another, as a file."""

from __future__ import annotations

from pathlib import Path

import click

from courses.commands.scratch import busy, scratch
from courses.commands.surroundings import FILE, Surroundings, for_site


@click.command()
@click.argument("course_id", metavar="COURSE")
@click.option("--version", metavar="VERSION", help="Otherwise the one that trainees get.")
@click.option("--output", type=FILE, required=True, help="The archive to write: FILE.tar.gz.")
@for_site
@click.pass_obj
def export(
    surroundings: Surroundings, course_id: str, version: str | None, output: Path, site: str
) -> None:
    """Write a published release of COURSE into an archive; the same release, the same bytes."""
    from courses.catalogue import Catalogue
    from courses.releases.archive import pack

    release = Catalogue(surroundings.catalogue(site)).to_export(course_id, version)
    with busy("Packing …"):
        proof = pack(release, output)
    click.echo(f"Wrote {proof.course.id}, release {proof.name}, into {output}.")


@click.command("import-release")
@click.argument("archive", metavar="FILE", type=FILE)
@for_site
@click.pass_obj
def import_release(surroundings: Surroundings, archive: Path, site: str) -> None:
    """Publish the release in the archive FILE.

    Who built it and who validated it must be you, or be trusted by the site (`trusted_keys`).
    """
    from courses.catalogue import Catalogue
    from courses.releases.archive import unpack
    from courses.validation.signing import trust

    trusted = trust(surroundings.trusted_keys(site))
    with scratch("onboard-import") as room:
        with busy("Unpacking …"):
            release = unpack(archive, room)
        with busy("Putting it into the catalogue …"):
            published = Catalogue(surroundings.catalogue(site)).publish(release, trusted.require)
    click.echo(f"Published {published.manifest.id}, release {published.release}.")
