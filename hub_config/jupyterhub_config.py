"""The composition root: one Site, named by $ONBOARD_SITE, becomes JupyterHub's configuration."""

import os
from pathlib import Path

from hub_config import secret_store, site
from hub_config.configure import configure

_site = site.load(os.environ["ONBOARD_SITE"])
c.merge(configure(_site, secret_store.load_or_make(Path(_site.hub_dir)), _site.batch()))  # type: ignore[name-defined]
