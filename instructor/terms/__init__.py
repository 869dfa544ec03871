"""Makes the variant of an assignment for a term: other digits, another seed, and all numbers that follow."""
