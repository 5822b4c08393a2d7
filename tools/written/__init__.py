"""Programs that write honest files, each run in an environment that has its libraries, in an empty folder.

``custom.py`` is a part of one of them.
"""
