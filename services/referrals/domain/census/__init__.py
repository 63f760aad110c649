"""The children in need census: what a file says of each child, and which rules it breaks."""
