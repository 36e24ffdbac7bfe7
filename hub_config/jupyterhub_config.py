"""The composition root: one Site, named by $ONBOARD_SITE, becomes JupyterHub's configuration."""

import os
from pathlib import Path

from hub_config import secret_store, site
from hub_config.configure import configure
from hub_config.hub_language import speak

_site = site.load(os.environ["ONBOARD_SITE"])
speak(_site.languages)
c.merge(configure(_site, secret_store.load_or_make(Path(_site.hub_dir)), _site.batch()))  # type: ignore[name-defined]
