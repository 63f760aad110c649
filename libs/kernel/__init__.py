"""Words that all services share; standard library only."""
