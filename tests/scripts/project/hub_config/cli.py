"""Print how this was started, as one line of JSON."""

import json
import os
import subprocess
import sys

GREETING = "first"


def main() -> None:
    proxy = os.environ["ONBOARD_PROXY"]
    version = subprocess.run([proxy, "--version"], capture_output=True, text=True, timeout=60)
    told = {"arguments": sys.argv[1:], "greeting": GREETING, "file": __file__}
    told |= {"proxy": proxy, "proxy_version": version.stdout.strip()}
    sys.stdout.write(json.dumps(told) + "\n")
