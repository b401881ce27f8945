"""Bodies of the image routes, and what can go wrong with them."""
