"""The composition root: everything is made and connected here."""
