"""The sections of the report: each is a module and, beside it, the template of the same name."""
