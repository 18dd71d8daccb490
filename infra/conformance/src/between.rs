//! What stands between a client and a server of this machine, and carries what both say.

use std::{
    future::Future,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// A TCP proxy at a port of its own, with what it was told and what it counts.
#[derive(Debug)]
pub(crate) struct Between<T> {
    pub(crate) port: u16,
    told: Arc<Mutex<T>>,
    listener: AbortHandle,
}

impl<T> Drop for Between<T> {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl<T: Default + Send + 'static> Between<T> {
    /// Listens, and carries each connection of a client to the server until one of them hangs up.
    pub(crate) async fn before<F>(
        server: u16,
        carry: fn(TcpStream, TcpStream, Arc<Mutex<T>>) -> F,
    ) -> std::io::Result<Between<T>>
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let told = Arc::new(Mutex::new(T::default()));
        let tell = Arc::clone(&told);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let tell = Arc::clone(&tell);
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await {
                        let _ = client.set_nodelay(true);
                        let _ = server.set_nodelay(true);
                        // Whoever hangs up first ends both.
                        let _ = carry(client, server, tell).await;
                    }
                });
            }
        });
        Ok(Between {
            port,
            told,
            listener: listening.abort_handle(),
        })
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, T> {
        lock(&self.told)
    }
}

pub(crate) fn lock<T>(told: &Mutex<T>) -> MutexGuard<'_, T> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}
