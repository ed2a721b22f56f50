"""What is stalled, and what to do about it."""
