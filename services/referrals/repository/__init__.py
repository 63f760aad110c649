"""Frozen domain values to rows and back, one module per kind of record."""
