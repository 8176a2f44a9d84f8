//! Accepts connections: from this machine only, and no more than we can serve.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use crate::instance::Shared;
use crate::lobby::Lobby;
use crate::pg::connection;

/// Sockets whose clients have not said yet what they want, beside those of the sessions.
pub const UNENTERED_MAX: usize = 256;
/// How long to wait when the system has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A peer that vanished without a word is noticed after a minute or two.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// A bound socket.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds to an address. Call it on the runtime that will serve the connections.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts until the server drains.
    pub async fn run(self, shared: Arc<Shared>, connections: TaskTracker) {
        let lobby = Lobby::new(UNENTERED_MAX);
        loop {
            let accepted = tokio::select! {
                () = shared.draining.cancelled() => return,
                accepted = self.socket.accept() => accepted,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Without passwords, whoever is not on this machine has no business here, even if
            // some redirection brings them to a loopback port.
            if !peer.ip().to_canonical().is_loopback() {
                tracing::warn!(%peer, "refused a connection that is not from this machine");
                continue;
            }
            if let Err(error) = prepare(&socket) {
                tracing::debug!(%error, %peer, "socket options could not be set");
            }
            let shared = Arc::clone(&shared);
            connections.spawn(connection::serve(shared, socket, peer, lobby.arrive()));
        }
    }
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    // Answers are written whole: waiting for more only adds delay.
    socket.set_nodelay(true)?;
    SockRef::from(socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_AFTER))
}
