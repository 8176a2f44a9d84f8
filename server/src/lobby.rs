//! Sockets whose clients have not said yet what they want. Only so many wait at a time, and who comes
//! when all places are taken gets that of who has waited longest: so neither silence nor a flood of
//! sockets keeps out a client that says at once who it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// The places.
#[derive(Debug)]
pub struct Lobby {
    places_max: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    by_arrival: BTreeMap<u64, CancellationToken>,
    arrivals: u64,
}

impl Lobby {
    /// A lobby with so many places.
    pub fn new(places_max: usize) -> Arc<Self> {
        Arc::new(Self { places_max, waiting: Mutex::default() })
    }

    /// A place for who comes now, at the cost of the longest waiting where there is no other.
    pub fn arrive(self: &Arc<Self>) -> Place {
        let mut waiting = self.waiting.lock();
        if waiting.by_arrival.len() >= self.places_max
            && let Some((_, longest)) = waiting.by_arrival.pop_first()
        {
            longest.cancel();
        }
        let number = waiting.arrivals;
        waiting.arrivals += 1;
        let lost = CancellationToken::new();
        waiting.by_arrival.insert(number, lost.clone());
        Place { lobby: Arc::clone(self), number, lost }
    }
}

/// A place, until it is dropped or lost.
#[derive(Debug)]
pub struct Place {
    lobby: Arc<Lobby>,
    number: u64,
    lost: CancellationToken,
}

impl Place {
    /// Waits until somebody else has it.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lobby.waiting.lock().by_arrival.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_waiting_makes_room() {
        let lobby = Lobby::new(2);
        let [first, second] = [(); 2].map(|()| lobby.arrive());
        let third = lobby.arrive();
        let lost = |place: &Place| place.lost.is_cancelled();
        assert_eq!([&first, &second, &third].map(lost), [true, false, false]);
        drop(third);
        let fourth = lobby.arrive();
        assert!(!lost(&second) && !lost(&fourth), "a place was free");
        drop(first);
        let fifth = lobby.arrive();
        assert!(lost(&second) && !lost(&fourth) && !lost(&fifth), "the first had none to give back");
    }
}
