"""The teacher's side of the assignment; nothing in here is handed out, and no student file imports it."""
