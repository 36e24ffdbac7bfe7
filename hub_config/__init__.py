"""The hub put together: what a site is, login, roles, pages, the command line."""
