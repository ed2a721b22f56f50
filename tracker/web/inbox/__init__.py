"""Alerts to the person who reads."""
