"""The partner API (contract.md, "Partner API")."""
