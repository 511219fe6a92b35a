"""The laws: one module per topic, one function per requirement."""
