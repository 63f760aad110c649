"""What comes in and what goes out; nothing below this layer knows it."""
