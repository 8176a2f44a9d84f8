//! Page views of a shop, as a tracker in the browser would send them.

use std::fmt::Write as _;

use chrono::DateTime;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// One event in this many is broken in one of three ways, as in real topics.
const MALFORMED_ONE_IN: u32 = 2_000;
/// One event in this many was held back on a phone without network.
const LATE_ONE_IN: u32 = 100;
const LATE_SECONDS_MAX: i64 = 3 * 3_600;
const USERS: f64 = 200_000.0;
const PRODUCTS: f64 = 5_000.0;

/// Name, city, and how much of the traffic comes from there, in percent.
const COUNTRIES: [(&str, &str, u32); 8] = [
    ("US", "New York", 31),
    ("DE", "Berlin", 17),
    ("BR", "São Paulo", 13),
    ("IN", "Mumbai", 12),
    ("GB", "London", 10),
    ("JP", "Tokyo", 8),
    ("FR", "Lyon", 6),
    ("ZA", "Cape Town", 3),
];
const EVENT_TYPES: [(&str, u32); 5] =
    [("view", 70), ("search", 15), ("add_to_cart", 9), ("checkout", 4), ("purchase", 2)];
const DEVICES: [(&str, u32); 3] = [("mobile", 61), ("desktop", 33), ("tablet", 6)];
const CATEGORIES: [&str; 6] = ["shoes", "jackets", "books", "coffee", "lamps", "bicycles"];

/// Makes events. The same seed gives the same events at the same times.
pub(super) struct Events {
    random: SmallRng,
    next_id: u64,
}

/// An event ready to be produced.
pub(super) struct Event<'a> {
    /// The user: events of one user stay in order.
    pub(super) key: u64,
    /// JSON, mostly.
    pub(super) value: &'a str,
}

impl Events {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: SmallRng::seed_from_u64(seed), next_id: 0 }
    }

    /// Writes the next event into `buffer`.
    pub(super) fn next<'a>(&mut self, now_micros: i64, buffer: &'a mut String) -> Event<'a> {
        buffer.clear();
        let user = self.skewed(USERS);
        let ts = if self.one_in(LATE_ONE_IN) {
            now_micros - self.random.random_range(1..LATE_SECONDS_MAX) * 1_000_000
        } else {
            now_micros
        };
        self.write_event(ts, user, buffer);
        if self.one_in(MALFORMED_ONE_IN) {
            self.spoil(buffer);
        }
        self.next_id += 1;
        Event { key: user, value: buffer }
    }

    fn write_event(&mut self, ts_micros: i64, user: u64, out: &mut String) {
        let id = self.next_id;
        let event_type = self.weighted(&EVENT_TYPES);
        let device = self.weighted(&DEVICES);
        let product = self.skewed(PRODUCTS);
        let category = CATEGORIES[(product % CATEGORIES.len() as u64) as usize];
        let cents = 499 + product * 37 % 19_500;
        let (country, city) = self.place();
        let latency_ms = self.latency_ms();
        let ts =
            DateTime::from_timestamp_micros(ts_micros).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S%.6fZ");
        // Writing to a String does not fail.
        let _ = write!(
            out,
            r#"{{"ts":"{ts}","event_id":{id},"event_type":"{event_type}","user_id":{user},"url":"/{category}/{product}","latency_ms":{latency_ms:.2},"device":"{device}","geo":{{"country":"{country}","city":"{city}"}},"product":{{"id":{product},"category":"{category}","price":{}.{:02}}}}}"#,
            cents / 100,
            cents % 100,
        );
    }

    fn place(&mut self) -> (&'static str, &'static str) {
        let mut left = self.random.random_range(0..COUNTRIES.iter().map(|(_, _, share)| share).sum());
        for (country, city, share) in COUNTRIES {
            if left < share {
                return (country, city);
            }
            left -= share;
        }
        (COUNTRIES[0].0, COUNTRIES[0].1)
    }

    fn weighted(&mut self, choices: &[(&'static str, u32)]) -> &'static str {
        let mut left = self.random.random_range(0..choices.iter().map(|(_, share)| share).sum());
        for (choice, share) in choices {
            if left < *share {
                return choice;
            }
            left -= share;
        }
        choices[0].0
    }

    /// Most requests are quick, a few are very slow.
    fn latency_ms(&mut self) -> f64 {
        let uniform: f64 = self.random.random();
        20.0 + 15.0 / (1.0 - uniform).max(1e-3)
    }

    /// A number below `count` of which small ones are far more frequent.
    fn skewed(&mut self, count: f64) -> u64 {
        let uniform: f64 = self.random.random();
        (count * uniform.powi(4)) as u64
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.random.random_range(0..count) == 0
    }

    fn spoil(&mut self, event: &mut String) {
        match self.random.random_range(0..3) {
            0 => event.truncate(event.len() / 3),
            1 => *event = event.replacen("\"user_id\":", "\"user_id\":\"guest-\",\"was\":", 1),
            _ => *event = event.replacen("\"ts\":", "\"time\":", 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_events_are_json_with_nested_fields_and_a_few_are_broken() {
        let mut events = Events::new(7);
        let mut buffer = String::new();
        let (mut whole, mut broken) = (0, 0);
        for _ in 0..50_000 {
            let event = events.next(1_790_000_000_000_000, &mut buffer);
            match serde_json::from_str::<serde_json::Value>(event.value) {
                Ok(value) if value["user_id"].is_u64() && value["ts"].is_string() => {
                    assert!(value["geo"]["country"].is_string());
                    whole += 1;
                }
                _ => broken += 1,
            }
        }
        assert!(whole > 49_900 && broken > 5, "{whole} whole, {broken} broken");
    }

    #[test]
    fn a_seed_gives_the_same_events() {
        let (mut one, mut other) = (Events::new(1), Events::new(1));
        let (mut first, mut second) = (String::new(), String::new());
        for _ in 0..100 {
            assert_eq!(one.next(0, &mut first).value, other.next(0, &mut second).value);
        }
    }
}
