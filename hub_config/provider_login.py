"""Sign-in by a site's own OpenID Connect provider, on JupyterHub's `oauthenticator` package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from traitlets import Unicode, default

from hub_config.signin import Oidc
from spawners.errors import InvalidInput


class ProviderAuthenticator(GenericOAuthenticator):
    """Reads the client's secret from a file when it first needs it: it is in no configuration."""

    client_secret_file = Unicode(help="The secret's file, the hub user's alone.").tag(config=True)

    @default("client_secret")
    def _client_secret_default(self) -> str:
        return read_secret(Path(self.client_secret_file))


def provider_settings(oidc: Oidc) -> dict[str, Any]:
    """Return what a `ProviderAuthenticator` has to be told."""
    return {
        "login_service": oidc.service,
        "authorize_url": oidc.authorize_url,
        "token_url": oidc.token_url,
        "userdata_url": oidc.userdata_url,
        "oauth_callback_url": oidc.callback_url,
        "client_id": oidc.client_id,
        "client_secret_file": str(oidc.client_secret_file),
        "username_claim": oidc.username_claim,
        "scope": list(oidc.scopes),
        # There is nothing else to choose on the sign-in page.
        "auto_login": True,
    }


def read_secret(path: Path) -> str:
    """Return the secret in a file that nobody else may read. Raises InvalidInput."""
    try:
        if path.stat().st_mode & 0o077:
            raise InvalidInput(f"{path}: others may read it.", hint=f"chmod 600 {path}")
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path}: the sign-in provider's client secret cannot be read: {error}.",
            hint="Put it there, the hub user's alone (login.oidc.client_secret_file).",
        ) from None
    if not secret:
        raise InvalidInput(f"{path}: the file of the client secret is empty.")
    return secret
