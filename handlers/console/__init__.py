"""The console: pages for operators and partners (docs/console.md)."""
