"""The portal: people, their sign-ins, events that are pushed to them, and the audit trail."""
