"""The composition root: command line, settings, wiring and the demo.

May import every room; no room may import it. Non-obvious choice: nothing is composed at import; a command builds what it needs.
"""
