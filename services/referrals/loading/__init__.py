"""Loading what a case system holds, through the owning services' own commands, with true dates."""
