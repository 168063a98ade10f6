"""How parcelflow talks to Bloq.it (Partner API 1.35.0): rents out, signed webhooks in.

May import `machines` and the shared files of `adapters`. Non-obvious choice: importing this package opens nothing and imports
nothing; take what you need from `caller`, `operations` and `webhook`.
"""
