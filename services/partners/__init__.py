"""The partners service: agencies, their practitioners and room, and the requests made of them."""
