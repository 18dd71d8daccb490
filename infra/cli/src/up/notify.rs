//! What systemd is told, where it started the process with `Type=notify`: that it is ready, that it stops, that it is
//! well.
//! Source: sd_notify(3), sd_watchdog_enabled(3).

use std::time::Duration;

pub(crate) const READY: &str = "READY=1";
pub(crate) const STOPPING: &str = "STOPPING=1";
pub(crate) const WELL: &str = "WATCHDOG=1";

/// Tells whoever asked to be told, if anybody did.
pub(crate) fn tell(what: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(problem) = send(&socket, what) {
        tracing::warn!(%problem, what, "systemd cannot be told");
    }
}

/// How often systemd wants to hear that it is well; `None` where it does not. Twice as often as it has to be.
pub(crate) fn watchdog() -> Option<Duration> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let whose = number("WATCHDOG_PID").unwrap_or(std::process::id().into());
    let micros = number("WATCHDOG_USEC").filter(|n| *n > 0)?;
    (whose == u64::from(std::process::id())).then(|| Duration::from_micros(micros / 2))
}

#[cfg(unix)]
fn send(socket: &std::ffi::OsStr, what: &str) -> std::io::Result<()> {
    use std::os::unix::{
        ffi::OsStrExt,
        net::{SocketAddr, UnixDatagram},
    };
    let address = match socket.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(what.as_bytes(), &address)?;
    Ok(())
}

#[cfg(not(unix))]
fn send(_socket: &std::ffi::OsStr, _what: &str) -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    };

    use super::*;

    #[test]
    fn it_is_told_by_a_file_and_by_a_name_that_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("notify");
        let name = format!("latchkey-test-{}", std::process::id());
        let abstract_name = SocketAddr::from_abstract_name(&name).unwrap();
        for (socket, hears) in [
            (file.clone().into_os_string(), UnixDatagram::bind(&file)),
            (
                format!("@{name}").into(),
                UnixDatagram::bind_addr(&abstract_name),
            ),
        ] {
            send(&socket, READY).unwrap();
            let mut heard = [0; 64];
            let length = hears.unwrap().recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], READY.as_bytes());
        }
        assert!(send("/no/such/socket".as_ref(), READY).is_err());
    }
}
