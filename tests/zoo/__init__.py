"""Bad notebooks, and what validation must say of each. To add one, write an entry."""
