"""The plumbing that all services stand on; it has no domain word."""
