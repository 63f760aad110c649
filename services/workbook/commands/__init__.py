"""Every change of the workbook: load, ask a rule, save, note, audit, say."""
