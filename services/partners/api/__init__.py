"""The HTTP interface of partners, one module per resource."""
