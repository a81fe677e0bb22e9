"""The rehearsal: drives a partner's page in a browser and says whether it may go live.

It is a client of a gateway like any other, so it imports nothing of the server.
"""
