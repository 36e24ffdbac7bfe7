"""A course's people as their instructor sees them, live."""
