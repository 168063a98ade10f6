"""What the benchmarks are made of. `make bench` runs the files one folder up; nothing here prints or judges by itself.

May not be imported by anything that is shipped. Non-obvious choice: next to nothing in here knows a column of the engine's
tables; what the engine writes is read off its file (`recording`), so that the floor writes the same whatever its inside becomes.
"""
