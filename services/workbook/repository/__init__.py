"""Frozen domain values to rows and back."""
