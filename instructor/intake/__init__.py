"""What came in: downloads from Canvas, unpacked into one Submission per student."""
