"""One Site -> JupyterHub's configuration: a pure function, tried on an empty config object."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from tornado.web import StaticFileHandler
from traitlets.config import Config

from courses.service.events.door import Door
from hub_config import form, internal_tls
from hub_config.hub_language import JINJA_OPTIONS
from hub_config.login import PasswordFileAuthenticator
from hub_config.roles import (
    CUSTOM_SCOPES,
    METRICS,
    SERVICE,
    SERVICE_ACTS_WITH,
    SESSION_ACTS_WITH,
    roles,
)
from hub_config.secret_store import Secrets
from hub_config.site import Site
from spawners import admission_route, class_news, offers_route, seats
from spawners.batch.slurm_facts import SlurmFacts
from spawners.jobs import USER_NAME, Batch
from spawners.scheduler_facts import SchedulerFacts
from spawners.spawner import SessionSpawner
from spawners.watcher import Watcher

PASSWORDS = "passwords.json"
PREFIX = f"/services/{SERVICE}/"
MAX_TOKEN_S = 30 * 24 * 3600


def configure(site: Site, secrets: Secrets, batch: Batch) -> Config:
    """Return JupyterHub's configuration for `site`."""
    config = Config()
    _hub(config, site, secrets)
    _pages(config, site, secrets)
    _login(config, site)
    _sessions(config, site, secrets, batch)
    return config


def _hub(config: Config, site: Site, secrets: Secrets) -> None:
    hub = config.JupyterHub
    hub.bind_url = f"http://{site.hub.host}:{site.hub.port}"
    hub.hub_bind_url = site.hub_url
    if site.hub.reachable_at != "127.0.0.1":
        # Sessions run on other machines: listen on every address, and tell them which one.
        hub.hub_bind_url = site.hub_url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104
        hub.hub_connect_url = site.hub_url.replace("127.0.0.1", site.hub.reachable_at)
    hub.internal_ssl = site.internal_tls
    hub.internal_certs_location = str(internal_tls.store(site))
    hub.trusted_alt_names = internal_tls.alt_names(site)
    hub.db_url = f"sqlite:///{site.hub_dir}/hub.sqlite"
    hub.cookie_secret = bytes.fromhex(secrets.cookie)
    # An orderly stop keeps the sessions, unless the site says otherwise.
    hub.cleanup_servers = site.hub.end_sessions_with_hub
    hub.cleanup_proxy = False
    hub.custom_scopes = CUSTOM_SCOPES
    hub.load_roles = roles()
    hub.token_expires_in_max_seconds = MAX_TOKEN_S
    # A session that comes back after a restart gets its route at the next look.
    hub.last_activity_interval = 20
    hub.init_spawners_timeout = 5
    # A class starts together; who has to wait is the scheduler's to say.
    hub.concurrent_spawn_limit = 0
    # A start that has to wait is told so at once: the page that waits is ours.
    hub.tornado_settings = {"slow_spawn_timeout": 1}
    # The proxy is a process of its own: running sessions go on while the hub is away.
    proxy = config.ConfigurableHTTPProxy
    proxy.should_start = False
    proxy.api_url = site.proxy_api_url
    proxy.auth_token = secrets.proxy_token


def _pages(config: Config, site: Site, secrets: Secrets) -> None:
    hub = config.JupyterHub
    look = files("hub_config")
    hub.template_paths = [str(look / "templates")]
    hub.template_vars = {"site_title": site.title}
    hub.jinja_environment_options = JINJA_OPTIONS
    hub.extra_handlers = [(r"/look/(.*)", StaticFileHandler, {"path": str(look / "static")})]
    hub.default_url = f"/services/{SERVICE}/"
    hub.services = [
        {
            "name": SERVICE,
            "url": f"http://127.0.0.1:{site.hub.service_port}",
            "api_token": secrets.service_token,
            "oauth_redirect_uri": f"/services/{SERVICE}/oauth_callback",
            "oauth_client_allowed_scopes": list(SERVICE_ACTS_WITH),
            "oauth_no_confirm": True,
            "display": True,
        },
        {"name": METRICS, "api_token": secrets.metrics_token, "display": False},
    ]


def _login(config: Config, site: Site) -> None:
    login = site.login
    name = "PasswordFileAuthenticator"
    if login.oidc is None:
        config.JupyterHub.authenticator_class = PasswordFileAuthenticator
        config.PasswordFileAuthenticator.passwords_file = str(site.hub_dir / PASSWORDS)
    else:
        # Imported here: only a site with a provider needs the packages of one.
        from hub_config.provider_login import ProviderAuthenticator, provider_settings

        config.JupyterHub.authenticator_class = ProviderAuthenticator
        name = ProviderAuthenticator.__name__
        config[name].update(provider_settings(login.oidc))
    config[name].allowed_users = set(login.users)
    config[name].allow_all = login.everyone
    # A session runs as the system user of that name, and its folder may be called so: never odd
    # ones, and never these, whoever says so. Python's `$` would let a line's end by.
    config[name].username_pattern = USER_NAME.replace("$", r"\Z")
    config[name].blocked_users = {"root", *filter(None, [site.hub.run_as])}


def _sessions(config: Config, site: Site, secrets: Secrets, batch: Batch) -> None:
    config.JupyterHub.spawner_class = SessionSpawner
    spawner = config.SessionSpawner
    spawner.machine = site.machine
    spawner.watcher = Watcher(batch)
    spawner.hub_id = f"onboard-{secrets.hub_id}"
    spawner.log_dir = str(site.log_dir)
    spawner.job_variables = session_variables(site)
    spawner.server_token_scopes = list(SESSION_ACTS_WITH)
    spawner.default_url = "/lab"
    # A slow node on a shared file system: Python alone can take half a minute to start there.
    spawner.http_timeout = 60
    spawner.poll_interval = 5
    spawner.ip = "127.0.0.1" if site.machine.batch == "local" else "0.0.0.0"  # noqa: S104
    facts = SchedulerFacts(
        site.machine, SlurmFacts(site.machine) if site.machine.batch == "slurm" else None
    )
    spawner.facts = facts
    spawner.seat_key = seats.key(secrets.service_token)
    spawner.options_form = form.options_form
    spawner.options_from_form = form.options_from_form
    config.JupyterHub.extra_handlers.append(offers_route.route(facts))
    config.JupyterHub.extra_handlers.append(admission_route.route(site.login.admits))


def session_variables(site: Site) -> dict[str, str]:
    """Return the public variables that every session of the site gets."""
    door = f"{site.events_url}{PREFIX}api"
    return {
        **shared_variables(site),
        "ONBOARD_EVENTS_URL": f"{door}/events",
        class_news.VARIABLE: f"{door}/notes",
    }


def shared_variables(site: Site) -> dict[str, str]:
    """Return what sessions and course pages are told of the site."""
    return {
        "ONBOARD_CATALOGUE": str(site.catalogue),
        "ONBOARD_SITE_TITLE": site.title,
        "ONBOARD_LANGUAGES": " ".join(site.languages),
    }


def _door(site: Site) -> Door:
    near = site.hub.reachable_at == "127.0.0.1"
    host = "127.0.0.1" if near else "0.0.0.0"  # noqa: S104  sessions run on other machines
    return Door(host=host, port=site.hub.events_port, tls=internal_tls.door(site))


def _learning(site: Site) -> str:
    kept = site.learning.model_copy(update={"database": site.events_database})
    return kept.model_dump_json()


def service_environment(site: Site, secrets: Secrets) -> dict[str, Any]:
    """Return what the course pages' process needs to find and trust the hub."""
    return {
        "JUPYTERHUB_API_TOKEN": secrets.service_token,
        "JUPYTERHUB_API_URL": f"{site.hub_url}/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": f"service-{SERVICE}",
        "JUPYTERHUB_OAUTH_SCOPES": json.dumps([f"access:services!service={SERVICE}"]),
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([f"access:services!service={SERVICE}"]),
        "JUPYTERHUB_SERVICE_NAME": SERVICE,
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{site.hub.service_port}{PREFIX}",
        **shared_variables(site),
        "ONBOARD_MACHINE": site.machine.model_dump_json(),
        "ONBOARD_LEARNING": _learning(site),
        "ONBOARD_EVENTS_DOOR": _door(site).model_dump_json(),
        **internal_tls.service_environment(site),
    }
