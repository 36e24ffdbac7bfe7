"""A real Slurm with several virtual nodes and GPUs on this one Debian or Ubuntu machine."""
