"""The engine under fire: real processes, a database and a broker of their own, and one fault after another.

Nothing here imports Django: what is looked at are the tables, and what arrived at the other end.
"""
