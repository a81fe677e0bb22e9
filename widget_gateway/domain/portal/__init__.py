"""Rules of people, sign-ins, events and audit."""
