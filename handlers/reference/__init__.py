"""The reference of all APIs: OpenAPI, AsyncAPI and the pages below /docs/."""
