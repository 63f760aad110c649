"""The rules of the front door, free of the web and of the database."""
