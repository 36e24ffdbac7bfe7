"""How a session (or a validation run) becomes a batch job, and what became of it."""
