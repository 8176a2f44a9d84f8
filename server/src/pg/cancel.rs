//! Cancel requests: a connection of their own that gets no answer, right or wrong.

use pgwire::messages::cancel::CancelRequest;

use crate::sessions::Sessions;

/// Stops what the named session runs, if the request has its key.
pub fn cancel(request: &CancelRequest, sessions: &Sessions) {
    sessions.cancel_with_key(request.pid, &request.secret_key.to_bytes());
}
