"""The acts: the only doors that write. Each locks, permits, judges, writes and leaves a trail, in one transaction."""
