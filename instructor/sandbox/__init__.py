"""Where students' code runs, confined."""
