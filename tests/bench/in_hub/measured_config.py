"""The measured hub: the product's own configuration, and of it only what the way needs changed."""

import os
from importlib.resources import files

from batchspawner.api import BatchSpawnerAPIHandler
from jupyterhub.apihandlers import default_handlers
from measured_spawners import (
    AsTrainees,
    Counter,
    DoNothing,
    DoNothingWithTls,
    PlainBatchspawner,
)

c = get_config()  # type: ignore[name-defined]  # noqa: F821
load_subconfig("jupyterhub_config.py", path=str(files("hub_config")))  # type: ignore[name-defined]  # noqa: F821

c.JupyterHub.services = [
    *c.JupyterHub.services,
    {"name": "bench", "api_token": os.environ["ONBOARD_BENCH_TOKEN"]},
]
c.JupyterHub.load_roles = [
    *c.JupyterHub.load_roles,
    {
        "name": "bench",
        "scopes": ["admin:users", "servers", "tokens", "read:hub"],
        "services": ["bench"],
        "users": ["bench"],
    },
]
c.JupyterHub.extra_handlers = [*c.JupyterHub.extra_handlers, (r"/bench", Counter)]

_stub = os.environ["ONBOARD_BENCH_STUB"]
_way = os.environ["ONBOARD_BENCH_WAY"]
if _way.startswith("nothing"):
    c.JupyterHub.spawner_class = DoNothingWithTls if c.JupyterHub.internal_ssl else DoNothing
    for _name in ("default_url", "http_timeout", "poll_interval", "ip"):
        if _name in c.SessionSpawner:
            c.DoNothing[_name] = c.SessionSpawner[_name]
elif _way == "batchspawner":
    # Ours took its handler away when it was imported.
    default_handlers.append((r"/api/batchspawner", BatchSpawnerAPIHandler))
    c.JupyterHub.spawner_class = PlainBatchspawner
    c.PlainBatchspawner.batchspawner_singleuser_cmd = _stub + " batchspawner"
    c.PlainBatchspawner.req_partition = "cpu"
    c.PlainBatchspawner.req_nprocs = "1"
    c.PlainBatchspawner.req_memory = "2048"
    c.PlainBatchspawner.req_runtime = "2:00:00"
else:
    c.SessionSpawner.watcher.batch = AsTrainees(c.SessionSpawner.watcher.batch)
