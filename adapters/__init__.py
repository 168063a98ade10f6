"""How to talk: one folder per API, the operations as data, and the receiver of webhooks.

May import `machines` and nothing else of ours. Non-obvious choice: all logic is in pure functions over operations, replies and
raw bytes; what touches a network (`sender`, the callers, `receiver`) is a thin loop around them.
"""
