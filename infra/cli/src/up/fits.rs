//! What addresses of `latchkey up` have to look like, on its command line and in its file. What is wanted instead is
//! said in words that stand behind "should be".

use reqwest::Url;

/// Where something listens.
pub(super) fn host_and_port(text: &str) -> Result<(), &'static str> {
    let fits = text.rsplit_once(':').is_some_and(|(host, port)| {
        let host_alone = !host.is_empty() && (!host.contains(':') || host.ends_with(']'));
        host_alone && port.parse::<u16>().is_ok()
    });
    match fits {
        true => Ok(()),
        false => Err("a host and a port, like 127.0.0.1:8420"),
    }
}

/// What links in letters begin with.
pub(super) fn public_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).ok();
    let fits = url.is_some_and(|url| {
        let whole = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && whole
    });
    match fits {
        true => Ok(()),
        false => Err("an address with its scheme, like https://latchkey.acme.example"),
    }
}

/// Who sends letters on.
pub(super) fn mail_server(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).ok();
    match url.is_some_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host()) {
        true => Ok(()),
        false => Err("a mail server with its scheme, like smtps://user:password@mail.example:465"),
    }
}

/// Whom letters come from.
pub(super) fn sender(text: &str) -> Result<(), &'static str> {
    let address = match text.trim().strip_suffix('>') {
        Some(named) => named.rsplit_once('<').map_or("", |(_, address)| address),
        None => text.trim(),
    };
    let fits = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace)
    });
    match fits {
        true => Ok(()),
        false => Err("an e-mail address, like Latchkey <latchkey@acme.example>"),
    }
}
