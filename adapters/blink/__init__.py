"""How parcelflow talks to Blink: order statuses out, order and status webhooks in.

May import `machines` and the shared files of `adapters`. Non-obvious choice: importing this package opens nothing and imports
nothing; take what you need from `caller`, `operations` and `webhook`.
"""
