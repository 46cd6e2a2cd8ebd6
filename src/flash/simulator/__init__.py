"""A stand-in for MTN's and Airtel's HTTP APIs, for everybody who has no account with them.

It reads `facts/momo_api.md` by itself and shares no code with Flash's adapters, so that a mistake in one of the two
is seen as a difference.
"""
