"""Allocation: who can take a family, who holds it, and how much room is left."""
