"""`recbox serve`: lists over HTTP, from an artifact and from what happened since. Needs the extra `serve`."""
