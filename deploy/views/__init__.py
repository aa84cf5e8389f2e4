"""What duty officers are shown, worked out from what their agency's inbox and grants hold: pure, no I/O, no clock.

The commands fetch (`deploy.cli`), these modules decide what is shown and in which words, and nothing here knows more
than the register lines and notices that it was given.
"""
