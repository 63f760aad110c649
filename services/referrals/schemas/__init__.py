"""Bodies that come in and answers that go out; never used below the routes."""
