"""What students get: blanks, the text as a page, the files of a handout."""
