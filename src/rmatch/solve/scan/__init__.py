"""Every pair is scored here, in passes that never hold them all."""
