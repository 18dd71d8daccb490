//! The ledger: DynamoDB keys in one file, one access pattern a file.
