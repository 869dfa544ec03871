"""What a submission is worth: a Verdict for each item."""
