"""Saved settings: rows, which are not of one job."""
