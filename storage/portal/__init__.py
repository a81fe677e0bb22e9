"""The portal: people, sign-ins, pushes, audit."""
