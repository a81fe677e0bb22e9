"""The group commit of all writes that matter."""
