"""Every read of the workbook, each with its audit row."""
