//! Lambda glue: configuration, tracing, error names, clients.
