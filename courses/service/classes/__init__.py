"""Classes: a course taught at a set time to a set group, with reserved nodes."""
