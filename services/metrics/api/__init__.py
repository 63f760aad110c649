"""HTTP in: definitions, results, runs, journeys, publications."""
