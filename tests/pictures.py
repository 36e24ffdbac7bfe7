"""Where the browser tests leave their pictures."""

import os
from pathlib import Path

PICTURES = Path(os.environ.get("ONBOARD_PICTURES", "test-results"))
