"""Events of learning: what they are, how they arrive, how they are stored and told on."""
