"""The documentation of all APIs: OpenAPI, AsyncAPI, and the page `/docs/`."""
