"""Benchmarks: what the pages cost beside hand-written SQL for the same answer, in one run (`make bench`)."""
