//! The way between Latchkey and a server: counts calls and cuts one of them. Knows nothing of what is said.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// Where a call is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the server hears of it.
    Before,
    /// In the middle of the answer.
    Within,
    /// After the server has answered, and before the answer arrives.
    After,
}

#[derive(Debug, Default)]
struct Told {
    calls: usize,
    cut: Option<(usize, Cut)>,
}

/// A TCP proxy at a port of its own. A call is what a client says on a connection until the server answers.
#[derive(Debug)]
pub struct Wire {
    /// The port at which it listens.
    pub port: u16,
    told: Arc<Mutex<Told>>,
    listener: AbortHandle,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    /// A wire to a server of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn to(server: u16) -> std::io::Result<Wire> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let told = Arc::new(Mutex::new(Told::default()));
        let tell = Arc::clone(&told);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let tell = Arc::clone(&tell);
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await {
                        // Whoever hangs up first ends both.
                        let _ = carry(client, server, &tell).await;
                    }
                });
            }
        });
        Ok(Wire {
            port,
            told,
            listener: listening.abort_handle(),
        })
    }

    /// Begins to count anew.
    pub fn reset(&self) {
        *lock(&self.told) = Told::default();
    }

    /// How many calls went over it.
    pub fn calls(&self) -> usize {
        lock(&self.told).calls
    }

    /// Cuts the call of this number, 1 being the next one.
    pub fn cut(&self, call: usize, cut: Cut) {
        *lock(&self.told) = Told {
            calls: 0,
            cut: Some((call, cut)),
        };
    }
}

async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    told: &Mutex<Told>,
) -> std::io::Result<()> {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    // Whether the server has spoken since the client did.
    let mut quiet = true;
    let mut cut_in = None;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                if quiet {
                    let mut told = lock(told);
                    told.calls += 1;
                    let now = told.cut.filter(|(call, _)| *call == told.calls);
                    match now.map(|(_, cut)| cut) {
                        Some(Cut::Before) => return Ok(()),
                        later => cut_in = later.or(cut_in),
                    }
                }
                quiet = false;
                server.write_all(&asked[..read]).await?;
            }
            read = server.read(&mut answered) => {
                let read = read?;
                if read == 0 || cut_in == Some(Cut::After) {
                    return Ok(());
                }
                if cut_in == Some(Cut::Within) {
                    return client.write_all(&answered[..read / 2]).await;
                }
                quiet = true;
                client.write_all(&answered[..read]).await?;
            }
        }
    }
}
