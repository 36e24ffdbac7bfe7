"""The key of this project's metadata in a cell or a notebook: what `nbgrader` is for nbgrader."""

KEY = "onboard"
