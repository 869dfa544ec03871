"""What came in: downloads from Canvas, unpacked, one Submission a student."""
