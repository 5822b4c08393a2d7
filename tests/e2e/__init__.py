"""The Action as it is used: its image, in containers, run by real workflows.

These tests need a container engine. Without one they skip and say so; with ``MODELGATE_E2E=1``
(``make e2e``, ``.ci/run``) they fail instead.
"""
