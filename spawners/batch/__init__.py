"""The batch systems, behind one protocol (`spawners.jobs.Batch`)."""
