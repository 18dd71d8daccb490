//! Where a server is: `postgres://host:5432/database`.

use reqwest::Url;

/// What PostgreSQL listens at (Connections and Authentication).
const PORT: u16 = 5432;
/// The database that every server has (Creating a Database).
const DATABASE: &str = "postgres";

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: String,
    /// Whether it is this machine, where nothing travels in the open.
    pub(crate) here: bool,
}

impl Address {
    /// Takes an address apart, or says what is wrong with it.
    pub(crate) fn parse(address: &str) -> Result<Address, String> {
        let shown = "it is written as postgres://host:5432/database";
        let url = Url::parse(address).map_err(|e| format!("its address is none: {e}; {shown}"))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(format!(
                "its address does not begin with postgres://; {shown}"
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "its address has a user name in it; that belongs into the secret".to_owned(),
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("its address has parameters; {shown}, and no more"));
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.contains('%') {
            return Err(format!("its address names no host; {shown}"));
        }
        let database = url.path().trim_matches('/');
        if database.contains(['/', '%']) {
            return Err(format!(
                "its address names no database in plain letters; {shown}"
            ));
        }
        latchkey_address::Address::parse(address)
            .map_err(|unfit| format!("its address cannot be used: {unfit}"))?;
        Ok(Address {
            host: host.to_owned(),
            port: url.port().unwrap_or(PORT),
            database: match database {
                "" => DATABASE.to_owned(),
                database => database.to_owned(),
            },
            here: matches!(host, "127.0.0.1" | "localhost" | "::1"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let address = |text| Address::parse(text).unwrap();
        let db = address("postgres://db.acme.example:6432/shop");
        assert_eq!((db.host.as_str(), db.port), ("db.acme.example", 6432));
        assert_eq!((db.database.as_str(), db.here), ("shop", false));
        let here = address("postgresql://[::1]");
        assert_eq!((here.host.as_str(), here.port), ("::1", 5432));
        assert_eq!((here.database.as_str(), here.here), ("postgres", true));
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, told) in [
            ("https://db.acme.example", "postgres://"),
            ("postgres://ann:hunter2@db.acme.example/shop", "secret"),
            (
                "postgres://db.acme.example/shop?sslmode=disable",
                "parameters",
            ),
            ("postgres:///shop", "host"),
            ("postgres://db.acme.example/a/b", "database"),
            ("postgres://169.254.169.254/shop", "no place"),
            ("postgres://metadata.google.internal", "no place"),
            ("db", "none"),
        ] {
            let problem = Address::parse(text).unwrap_err();
            assert!(problem.contains(told), "{text}: {problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
