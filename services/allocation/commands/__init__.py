"""Every change, one module per kind of thing: load, ask a rule, save, audit, emit."""
