"""A treatment in fractions: doses so far and the activity that may still be given."""
