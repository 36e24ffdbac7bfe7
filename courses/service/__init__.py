"""The course pages, as a service of the hub."""
