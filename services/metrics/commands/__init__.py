"""Every change in metrics: facts told, tallies kept, runs started, publications made."""
