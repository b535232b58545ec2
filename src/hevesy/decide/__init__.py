"""What to give and how much: one package for each kind of therapy, with activities, absorbed doses and limits."""
