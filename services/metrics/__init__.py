"""Metrics: what happened, counted by definitions that carry a version."""
