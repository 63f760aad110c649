"""The events by which the services tell one another what happened: ids, dates, codes and states only."""
