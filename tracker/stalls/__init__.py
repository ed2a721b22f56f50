"""Noticing: what stalls, and what else people owe each other, becomes alerts and deliveries."""

from tracker.stalls.sweep import Noticed, notice

__all__ = ["Noticed", "notice"]
