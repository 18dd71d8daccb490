//! The way between Latchkey and a server: counts calls and cuts one of them. Knows nothing of what is said.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::between::{Between, lock};

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
    between: Between<Told>,
}

impl Wire {
    /// A wire to a server of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn to(server: u16) -> std::io::Result<Wire> {
        let between = Between::before(server, carry).await?;
        Ok(Wire {
            port: between.port,
            between,
        })
    }

    /// Begins to count anew.
    pub fn reset(&self) {
        *self.between.told() = Told::default();
    }

    /// How many calls went over it.
    pub fn calls(&self) -> usize {
        self.between.told().calls
    }

    /// Cuts the call of this number, 1 being the next one.
    pub fn cut(&self, call: usize, cut: Cut) {
        *self.between.told() = Told {
            calls: 0,
            cut: Some((call, cut)),
        };
    }
}

async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    told: Arc<Mutex<Told>>,
) -> std::io::Result<()> {
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
                    let mut told = lock(&told);
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
