"""Rules of measuring: facts, spells, tallies, measures, intervals and suppression; no clock, no database."""
