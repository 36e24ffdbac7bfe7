"""What scripts/up, scripts/test and scripts/lint share. Standard library only."""
