"""Models: whole methods that are not made of graph parts, found through entry points."""
