"""Figures of the report: each function draws one."""
