"""The WebSocket channels of the widget and of the portal."""
