//! The runbook's language: parse, check, matrix, windows, plan. Pure.
