//! The two halves of a client's socket, each with a bounded buffer.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::BytesMut;
use pgwire::messages::PgWireBackendMessage;
use planner::SqlError;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::message::{self, Frame};
use super::socket::Socket;
use crate::sessions::{Interrupt, Stop};

/// How much is read ahead while a statement runs. Beyond it the client waits, as for any server
/// that reads one statement after the other.
const READ_AHEAD_BYTES_MAX: usize = 256 << 10;
/// One read.
const READ_BYTES: usize = 8 << 10;
/// A read buffer larger than this is given back when it is empty.
const KEEP_BYTES_MAX: usize = 64 << 10;
/// A write buffer as large as this is sent before more is written to it.
pub const WRITE_BUFFER_BYTES: usize = 64 << 10;

/// Why no more messages can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The client closed the connection or it broke.
    #[error("the connection was closed")]
    Closed,
    /// The client broke the protocol.
    #[error(transparent)]
    Protocol(#[from] SqlError),
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

/// Both halves of a socket. A client that takes nothing for `stall_max` is given up.
pub fn split(socket: Socket, stall_max: Duration) -> (Reader, Writer) {
    let (read, write) = tokio::io::split(socket);
    (
        Reader { half: read, buffer: BytesMut::new(), closed: false },
        Writer { half: write, buffer: BytesMut::new(), stall_max },
    )
}

/// The socket of both halves, with nothing read from it that is not used and nothing unsent.
pub fn join(reader: Reader, writer: Writer) -> Socket {
    debug_assert!(reader.buffer.is_empty() && writer.buffer.is_empty());
    reader.half.unsplit(writer.half)
}

/// What a client sends.
#[derive(Debug)]
pub struct Reader {
    half: ReadHalf<Socket>,
    pub(super) buffer: BytesMut,
    closed: bool,
}

impl Reader {
    /// Reads what has arrived; false at the end of the stream. Losing the future loses nothing.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        let read = poll_fn(|cx| {
            self.buffer.reserve(READ_BYTES);
            let read = pin!(self.half.read_buf(&mut self.buffer)).poll(cx);
            // An idle connection holds no buffer while it waits.
            if read.is_pending() && self.buffer.is_empty() {
                self.buffer = BytesMut::new();
            }
            read
        });
        let read = read.await;
        self.closed = !matches!(read, Ok(1..));
        read.map(|bytes| bytes > 0)
    }

    /// The next message, if it has come whole.
    pub fn take(&mut self, message_bytes_max: usize) -> Result<Option<Frame>, SqlError> {
        let frame = message::take(&mut self.buffer, message_bytes_max)?;
        if frame.is_some() && self.buffer.is_empty() && self.buffer.capacity() > KEEP_BYTES_MAX {
            self.buffer = BytesMut::new();
        }
        Ok(frame)
    }

    /// Whether a Sync has come behind what was taken.
    pub fn is_sync_next(&self) -> bool {
        self.buffer.first() == Some(&b'S')
    }

    /// The next message. Losing the future loses nothing.
    pub async fn next(&mut self, message_bytes_max: usize) -> Result<Frame, ReadError> {
        loop {
            if let Some(frame) = self.take(message_bytes_max)? {
                return Ok(frame);
            }
            if self.buffer.is_empty() {
                self.buffer = BytesMut::new();
            }
            if self.closed || !self.fill().await? {
                return Err(ReadError::Closed);
            }
        }
    }

    /// Does `work` while watching for what stops it: the client's disconnect, a cancel request,
    /// the statement's timeout. What the client sends meanwhile is kept for later, in bounds.
    pub async fn watch<T>(
        &mut self,
        interrupt: &Interrupt,
        work: impl Future<Output = T>,
    ) -> Result<T, Stop> {
        let mut work = pin!(work);
        let mut stopped = pin!(interrupt.stopped());
        loop {
            let read_on = !self.closed && self.buffer.len() < READ_AHEAD_BYTES_MAX;
            tokio::select! {
                // Work that is always ready must not keep a cancel from being seen.
                biased;
                stop = &mut stopped => return Err(stop),
                done = &mut work => return Ok(done),
                read = self.fill(), if read_on => if !matches!(read, Ok(true)) {
                    return Err(Stop::Disconnected);
                }
            }
        }
    }
}

impl Reader {
    /// Waits for work that must go to its end, and reads on meanwhile. A client that goes away
    /// leaves the work alone.
    pub async fn watch_to_end<T>(&mut self, work: impl Future<Output = T>) -> io::Result<T> {
        let mut work = pin!(work);
        loop {
            let read_on = !self.closed && self.buffer.len() < READ_AHEAD_BYTES_MAX;
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                read = self.fill(), if read_on => if !read? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

/// What a client is sent.
#[derive(Debug)]
pub struct Writer {
    half: WriteHalf<Socket>,
    /// What is not sent yet. Rows are written to it directly.
    pub buffer: BytesMut,
    stall_max: Duration,
}

impl Writer {
    /// Adds a message to the buffer.
    pub fn put(&mut self, message: &PgWireBackendMessage) {
        let start = self.buffer.len();
        if let Err(error) = message.encode(&mut self.buffer) {
            // Only a message beyond its type's bound fails; half a message must not be sent.
            self.buffer.truncate(start);
            tracing::error!(%error, "a message could not be encoded");
        }
    }

    /// Whether the buffer is to be sent before more is added.
    pub fn is_full(&self) -> bool {
        self.buffer.len() >= WRITE_BUFFER_BYTES
    }

    /// Sends the buffer. Losing the future keeps what is not sent.
    pub async fn flush(&mut self) -> io::Result<()> {
        while !self.buffer.is_empty() {
            if timeout(self.stall_max, self.half.write_buf(&mut self.buffer)).await?? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        // TLS has a buffer of its own.
        timeout(self.stall_max, self.half.flush()).await??;
        // Thousands of idle connections should not hold buffers.
        self.buffer = BytesMut::new();
        Ok(())
    }

    /// Sends the buffer, within a short time, and closes the stream.
    pub async fn close(mut self) {
        const CLOSE_WITHIN: Duration = Duration::from_secs(1);
        // The connection ends here whether or not the client still listens.
        let _ = timeout(CLOSE_WITHIN, async {
            self.flush().await?;
            self.half.shutdown().await
        })
        .await;
    }
}
