"""What all wings stand on: storage, processes, settings and the repository itself."""
