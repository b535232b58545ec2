"""What may still be given when holmium comes in fractions."""
