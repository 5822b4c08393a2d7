"""What each API means: data, one row per fact, read once and looked up by name.

The tables beside this file are the place to add a dangerous or a harmless API; their grammar is in
:mod:`scanner.knowledge.tables`. Names are *access paths*: the absolute dotted name of a function,
of a method (``socket.socket.connect``), or of a member of what a call returns
(``requests.get.json`` is the ``json`` of what ``requests.get`` returns).
"""
