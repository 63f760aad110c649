"""What can be read in partners: pages, single views, the work list."""
