"""Samples of datasets: read in a process of their own, kept nowhere."""

from tracker.integrations.sampling.apart import read_sample
from tracker.integrations.sampling.reading import MOST_BYTES, SampleColumn

__all__ = ["MOST_BYTES", "SampleColumn", "read_sample"]
