"""The memory: the only place with SQL.

It writes down what the law decided and reads it back. It never decides, and it never imports the law to append
or to read: the shapes that cross its border are plain rows (`rows.py`).
"""
