//! What connections cost: thousands that are idle, thousands that say nothing, and an administrator who
//! wants in nevertheless. `tidegate-bench --connections 10000`.

use std::time::{Duration, Instant};

use tidegate_sqllogictest::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Table, status};

/// Sockets that are opened at a time; the listener's queue holds as many.
const AT_ONCE: usize = 100;
const SETTLE: Duration = Duration::from_secs(2);

/// Opens so many sessions, then as many sockets that say nothing.
pub(crate) async fn connections(count: usize, table: &mut Table) {
    let most = (count + 10).to_string();
    let server = Server::start(&["--connections-max", &most, "--startup-timeout", "1 h"]).await;
    let resident = || status(&server, "VmRSS");
    let before = resident();
    let each = |now: u64| format!("{:.1} kB", now.saturating_sub(before) as f64 / count as f64);

    let start = Instant::now();
    let mut sessions = open(&server, count, true).await;
    table.add("sessions opened a second", format!("{:.0}", count as f64 / start.elapsed().as_secs_f64()));
    tokio::time::sleep(SETTLE).await;
    table.add("memory of a session, idle from the start", each(resident()));
    for session in &mut sessions {
        session.write_all(b"Q\0\0\0\x0dSELECT 1\0").await.expect("a session takes a statement");
        ready(session).await;
    }
    tokio::time::sleep(SETTLE).await;
    table.add("memory of a session, idle after a statement", each(resident()));

    let silent = open(&server, count, false).await;
    tokio::time::sleep(SETTLE).await;
    let start = Instant::now();
    let administrator = server.connect().await.expect("a place is kept");
    administrator.simple_query("SELECT 1").await.expect("an answer");
    table.add("an administrator among them, until the first answer", format!("{:.1?}", start.elapsed()));
    table.add("memory of a session, with as many silent sockets", each(resident()));
    drop((sessions, silent));
    tokio::time::sleep(SETTLE).await;
    table
        .add("memory above the start, all of them gone", format!("{} kB", resident().saturating_sub(before)));
}

async fn open(server: &Server, count: usize, enter: bool) -> Vec<TcpStream> {
    let port = server.port().expect("the server is ours");
    let mut opened = Vec::with_capacity(count);
    while opened.len() < count {
        let some = AT_ONCE.min(count - opened.len());
        let sockets = futures::future::join_all((0..some).map(|_| async move {
            let mut socket = TcpStream::connect(("127.0.0.1", port)).await.expect("a socket is accepted");
            if enter {
                let parameters = b"\0\x03\0\0user\0ann\0database\0tidegate\0\0";
                socket.write_u32(parameters.len() as u32 + 4).await.expect("it is read");
                socket.write_all(parameters).await.expect("it is read");
                ready(&mut socket).await;
            }
            socket
        }));
        opened.extend(sockets.await);
    }
    opened
}

/// Reads up to ReadyForQuery.
async fn ready(socket: &mut TcpStream) {
    loop {
        let kind = socket.read_u8().await.expect("a message");
        let length = socket.read_u32().await.expect("its length") as usize;
        let mut body = vec![0; length - 4];
        socket.read_exact(&mut body).await.expect("its body");
        match kind {
            b'Z' => return,
            b'E' => panic!("{}", String::from_utf8_lossy(&body)),
            _ => {}
        }
    }
}
