"""`onboard course key`: who one is to a site that should trust one's records."""

from __future__ import annotations

import click


@click.command()
def key() -> None:
    """Print your public key, for `trusted_keys` in a site's file; it is made at the first use."""
    from courses.validation.signing import own_key, public

    click.echo(public(own_key()))
