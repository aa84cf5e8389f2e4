"""What ties the rooms together on a machine: the embedded broker and registry, certificates, the table of topics
and permissions, the processes, and the command line.

This room may import every other; no other imports it.
"""
