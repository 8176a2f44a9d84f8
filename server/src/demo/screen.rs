//! What the visitor reads.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use super::Counted;
use super::broker::Broker;
use super::client::Status;

/// Without a terminal the live line is printed once in this many seconds.
const PLAIN_EVERY: u32 = 5;

/// Says what is going on and what to do.
pub(super) fn welcome(broker: &Broker, port: u16, rate: u32, process_id: u32, log: &Path) {
    let kafka = if broker.is_embedded() { "an embedded Kafka broker" } else { "your Kafka" };
    println!(
        "\
Tidegate demo: a shop's page views, {rate} a second, flow through {kafka} ({brokers})
into a Tidegate server (process id {process_id}), where SQL sees each of them a moment later.

Look inside:

    psql -h 127.0.0.1 -p {port} tidegate
",
        brokers = broker.addresses(),
    );
    if !is_on_path("psql") {
        println!(
            "psql is not on this machine: install a PostgreSQL client (Debian: apt install postgresql-client,\n\
             macOS: brew install libpq), or connect any PostgreSQL tool to 127.0.0.1:{port}, database tidegate.\n"
        );
    }
    println!(
        "\
Three queries worth trying:

    -- live: the last minutes by country, up to this moment
    SELECT date_bin('1 minute', ts, TIMESTAMPTZ 'epoch') AS minute, country, count(*), avg(latency_ms)
    FROM page_views WHERE ts > now() - INTERVAL '5 minutes' GROUP BY 1, 2 ORDER BY 1 DESC, 3 DESC;

    -- nested fields, generated columns: which categories are slow?
    SELECT product->>'category' AS category, count(*) AS views, count(*) FILTER (WHERE slow) AS slow
    FROM page_views GROUP BY 1 ORDER BY 3 DESC;

    -- exactly once: rows and dead letters are as many as offsets, at every moment
    SELECT (SELECT count(*) FROM page_views) + (SELECT count(*) FROM page_views_dead_letters) AS stored,
           (SELECT sum(visible_offset - start_offset) FROM tidegate.source_partitions) AS offsets;

Also: \\d page_views   SHOW SOURCES;   SELECT error, count(*) FROM page_views_dead_letters GROUP BY 1;

Be cruel:  kill -9 {process_id}   It comes back, and this screen counts whether anything is missing.
The server's log is {log}. Ctrl-C ends the demo.
",
        log = log.display(),
    );
}

/// Says that the demo ends.
pub(super) fn goodbye() {
    println!("\nStopping …");
}

/// Says what a restart found.
pub(super) fn recovered(process_id: u32, took: Duration, produced_before: u64, counted: &Counted) {
    let Counted { expected, found } = *counted;
    println!(
        "It is back as process id {process_id} and caught up after {:.1} s ({} events were produced before).",
        took.as_secs_f64(),
        grouped(produced_before),
    );
    if expected == found {
        println!(
            "Events the broker has: {}. Found, each once: {}. Nothing is missing.\n",
            grouped(expected),
            grouped(found)
        );
    } else {
        println!(
            "Events the broker has: {}. FOUND: {}. THIS IS A BUG: please report it.\n",
            grouped(expected),
            grouped(found)
        );
    }
}

/// The line that is written over itself each second.
pub(super) struct LiveLine {
    terminal: bool,
    shown: u32,
}

impl LiveLine {
    pub(super) fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), shown: 0 }
    }

    /// Shows the numbers of this second.
    pub(super) fn show(&mut self, status: &Status, process_id: u32) {
        let freshness = match status.freshness_ms {
            Some(milliseconds) => format!("{milliseconds:.0} ms"),
            None => "-".to_owned(),
        };
        let error = status.error.as_deref().map(|error| format!(" ({error})")).unwrap_or_default();
        let line = format!(
            "{}{error} | {} events/s | {} rows | {} dead letters | freshness {freshness} | lag {} | server {process_id}",
            status.state,
            grouped(status.rows_per_second.round() as u64),
            grouped(status.rows.unsigned_abs()),
            grouped(status.dead_letters.unsigned_abs()),
            grouped(status.lag.unsigned_abs()),
        );
        if self.terminal {
            // Back to the line's begin, and clear what a longer line left.
            print!("\r\x1b[2K{line}");
        } else if self.shown.is_multiple_of(PLAIN_EVERY) {
            println!("{line}");
        }
        self.shown += 1;
        // A closed terminal is no reason to stop.
        let _ = std::io::stdout().flush();
    }

    /// Leaves the line as it is, so that other words may follow.
    pub(super) fn interrupt(&self) {
        if self.terminal && self.shown > 0 {
            println!();
        }
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn is_on_path(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
