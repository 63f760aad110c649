"""How the five services are run: locally by one command, and in production."""
