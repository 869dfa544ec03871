"""The scripts that run inside a student's confined process; they hold no answer and nothing to be judged by."""
