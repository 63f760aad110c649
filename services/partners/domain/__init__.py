"""Pure rules of the partners service."""
