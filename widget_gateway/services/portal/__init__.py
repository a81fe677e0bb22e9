"""What the portal uses: people, PINs, sign-ins, tokens, pushes, audit."""
