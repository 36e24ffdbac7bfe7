"""How a site's trainees sign in: models only. Passwords of our own, or the site's own provider."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from spawners.jobs import UserName
from spawners.machine import Line, Model

HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"']+$", max_length=300)]
ClaimName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]+$", max_length=200)]
Scope = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$", max_length=200)]
"""RFC 6749, section 3.3."""


class Oidc(Model):
    """Sign-in by an OpenID Connect provider (Keycloak, MyAccessID).

    The three addresses stand in `ISSUER/.well-known/openid-configuration`.
    """

    service: Line
    """What the provider is called on the sign-in button."""
    authorize_url: HttpsUrl
    token_url: HttpsUrl
    userdata_url: HttpsUrl
    callback_url: HttpsUrl
    """The hub's public address with /hub/oauth_callback, as the provider has it on record."""
    client_id: Line
    client_secret_file: Path
    """The secret's file, the hub user's alone: a secret is never in the site's TOML."""
    username_claim: ClaimName = "preferred_username"
    """What the provider says that is the person's system user: one that nobody can choose."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ("openid", "profile")


class Login(Model):
    """Who may sign in, and how: by `oidc`, else with a password made at each start."""

    users: tuple[UserName, ...] = ()
    """These people, and nobody else."""
    everyone: bool = False
    """Whether everyone may whom the provider lets in."""
    oidc: Oidc | None = None

    @model_validator(mode="after")
    def _somebody_may(self) -> Self:
        if bool(self.users) == self.everyone:
            raise ValueError("say who may sign in: users = [...], or everyone = true, not both")
        return self

    @property
    def password_users(self) -> tuple[str, ...]:
        """For whom `onboard up` makes a password."""
        return self.users if self.oidc is None else ()

    def admits(self, name: str) -> bool:
        """Whether somebody of that name may sign in, if they are who they say."""
        return self.everyone or name in self.users
