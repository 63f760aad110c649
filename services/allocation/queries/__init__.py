"""Every read, one module per kind of thing: pages and single views."""
