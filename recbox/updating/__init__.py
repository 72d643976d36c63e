"""New versions of an artifact without training, with events folded in or users forgotten; and which version
is the one that is used."""
