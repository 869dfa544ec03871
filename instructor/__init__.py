"""The teacher's side of the assignment; none of it is handed out, and no file of the students imports it."""
