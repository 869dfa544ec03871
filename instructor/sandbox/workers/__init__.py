"""The scripts that run inside a student's confined process; they contain no answers and no criteria for judging."""
