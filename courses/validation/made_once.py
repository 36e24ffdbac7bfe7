"""What a worker makes for its first lesson and keeps: made in the warm process, before it forks."""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_notebook

from courses.validation import worker

# The notebook's schema is compiled when a first notebook is looked at.
nbformat.validate(new_notebook())
worker.versions()
