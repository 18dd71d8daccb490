//! A server that a test makes itself.

use std::{io, net::Ipv4Addr};

use axum::Router;
use tokio::{net::TcpListener, task::AbortHandle};

/// Routes at a port of this machine, as long as this lives.
#[derive(Debug)]
pub struct Served {
    /// The port.
    pub port: u16,
    listener: AbortHandle,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Served {
    /// Serves these routes.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn with(routes: Router) -> io::Result<Served> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let listening = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Served {
            port,
            listener: listening.abort_handle(),
        })
    }

    /// Serves these routes until the test ends, and says where.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn until_the_end(routes: Router) -> io::Result<u16> {
        let served = Served::with(routes).await?;
        let port = served.port;
        // Whoever asks for its port alone has nothing to hold on to.
        std::mem::forget(served);
        Ok(port)
    }
}
