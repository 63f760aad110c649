"""What goes in and out over HTTP; never used below this line."""
