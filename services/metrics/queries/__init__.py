"""Every read of metrics."""
