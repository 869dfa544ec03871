"""What students get: blanks, the text as a web page, the files of a handout."""
