"""How particles lose energy and interact in matter, by medium."""
