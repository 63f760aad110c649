"""What can be done in partners, one module per kind of thing: load, ask a pure rule, keep, say."""
