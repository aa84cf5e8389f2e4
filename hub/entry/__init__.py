"""The register entry: what every agency says of one episode, the one view of it, and the blocks that are shared."""
