"""`onboard up` with a hub that dies where it is told to: `python FOLDER`, with up's arguments."""

from __future__ import annotations

from pathlib import Path

from changed_hub import up_with

from hub_config import supervisor

# Every death here is on purpose.
supervisor.MOST_STARTS = 1000
up_with(Path(__file__).with_name("config.py"))
