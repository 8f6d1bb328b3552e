"""Data that arrives in blocks: reduced in one pass, or summed over block by block."""
