"""Bodies in and out, one module per kind of thing; never used below the edge."""
