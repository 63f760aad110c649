"""HTTP in: parse, call one command or query, answer."""
