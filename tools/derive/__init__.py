"""Knowledge read out of the source of libraries, which is never imported: ``make derive``.

Every function is walked once with symbolic parameters; what it does to them is its *summary*, and calls
are judged by the summaries of what they call, across modules and packages. ``domain`` says what is known of
a value, ``library`` which modules and classes there are, ``unit`` walks a function, ``calling`` judges a
call, ``linking`` repeats that until nothing changes, ``writing`` puts the result into
``scanner/knowledge/derived/``, one file for each package.
"""
