"""What goes out: grades, feedback, the teacher's report."""
