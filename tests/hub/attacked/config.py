"""The site's own configuration at DEBUG, and a service whose token may do nearly everything."""

from __future__ import annotations

import runpy

from traitlets.config import Config

c: Config
runpy.run_module("hub_config.jupyterhub_config", init_globals={"c": c})  # noqa: F821
c.JupyterHub.log_level = "DEBUG"  # noqa: F821
c.SessionSpawner.args = ["--debug"]  # noqa: F821
# What keeps odd names out at the door is away: what stands behind it has to.
c.PasswordFileAuthenticator.username_pattern = ".*"  # noqa: F821
# `attacker.TOKEN`: the hub's own user cannot read the tests.
c.JupyterHub.services.append({"name": "attacker", "api_token": "a77ac8" * 8})  # noqa: F821
c.JupyterHub.load_roles.append(  # noqa: F821
    {
        "name": "attacker",
        "services": ["attacker"],
        "scopes": ["admin:users", "admin:servers", "tokens", "read:servers"],
    }
)
