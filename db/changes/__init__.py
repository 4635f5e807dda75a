"""What people change, with its audit line: shared by the API, the pages and the command line.

Each function takes a Connection in a transaction and the actor whom the audit log shall name.
"""
