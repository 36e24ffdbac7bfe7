"""How a notebook becomes a course: its manifest, its source, its release."""
