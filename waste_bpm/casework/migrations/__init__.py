"""The versions of the tables, oldest first; what a version did is never changed."""
