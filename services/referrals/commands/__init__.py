"""Every change at the front door: load, ask a rule, save, audit, say."""
