"""Every read of the front door; a read of a family's record is audited."""
