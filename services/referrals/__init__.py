"""The front door: concerns about children, the people they are about, and what is decided."""
