"""How a built course becomes a release that can be trusted, and moves between catalogues."""
