"""The stages of a rehearsal, in which the lines of the list are looked at."""
