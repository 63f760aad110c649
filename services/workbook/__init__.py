"""The family's one record: chapters, plan, supervision, plans of protection, and their clocks."""
