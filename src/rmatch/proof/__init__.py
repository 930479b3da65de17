"""Certificates and their independent check. Nothing here imports the compiler of problems or a solver."""
