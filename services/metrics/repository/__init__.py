"""Frozen values of the domain to rows and back."""
