"""How a newer release reaches a workspace, and no work in it is lost."""
