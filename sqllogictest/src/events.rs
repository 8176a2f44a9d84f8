//! Telemetry events made from a seed and an index, for tests and benchmarks at scale: the same pair
//! always gives the same event, so that a ledger needs no memory of what was sent.

use std::io::Write;

const METRICS: [&str; 8] = [
    "request_latency_ms",
    "bytes_in_per_second",
    "bytes_out_per_second",
    "active_connections",
    "consumer_group_lag",
    "disk_utilization",
    "cpu_utilization",
    "error_rate_percent",
];
const REGIONS: [&str; 4] = ["eu-west-1", "us-east-1", "us-west-2", "ap-south-1"];
const STATUSES: [&str; 4] = ["ok", "ok", "degraded", "failed"];

/// One measurement of a cluster: ten columns, some 217 bytes as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Microseconds since 1970.
    pub ts_micros: i64,
    /// What was measured, one of eight.
    pub metric: &'static str,
    /// One of 50, the first ones more often.
    pub cluster: u32,
    /// One of 200.
    pub topic: u32,
    /// 0 to 31.
    pub partition: u32,
    /// One of four.
    pub region: &'static str,
    /// In thousandths.
    pub value_thousandths: u32,
    /// 0 to 65535.
    pub bytes: u32,
    /// One of three.
    pub status: &'static str,
    /// One of a million.
    pub user_id: u32,
}

/// The columns as `CREATE SOURCE` lists them.
pub const COLUMNS: &str = "ts timestamptz NOT NULL, metric text, cluster text, topic text, partition integer, \
     region text, value double precision, bytes bigint, status text, user_id bigint";

impl Event {
    /// The event with this index, at this time.
    pub fn nth(seed: u64, index: u64, ts_micros: i64) -> Self {
        let random = mix(seed ^ mix(index));
        let part = |shift: u32, count: u64| ((random >> shift) & 0xffff) * count / 0x1_0000;
        let skewed = part(0, 50) * part(8, 50) / 50;
        Self {
            ts_micros,
            metric: METRICS[part(4, 8) as usize],
            cluster: skewed as u32,
            topic: part(12, 200) as u32,
            partition: part(16, 32) as u32,
            region: REGIONS[part(20, 4) as usize],
            value_thousandths: part(24, 1_000_000) as u32,
            bytes: part(32, 65_536) as u32,
            status: STATUSES[part(40, 4) as usize],
            user_id: (mix(random) % 1_000_000) as u32,
        }
    }

    /// Writes the event as a JSON object.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let seconds = self.ts_micros.div_euclid(1_000_000);
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let second = seconds.rem_euclid(86_400);
        write!(
            out,
            "{{\"ts\":\"{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z\",\"metric\":\"{}\",\"cluster\":\"cluster-{:02}\",\
             \"topic\":\"topic-{:03}\",\"partition\":{},\"region\":\"{}\",\"value\":{}.{:03},\"bytes\":{},\"status\":\"{}\",\"user_id\":{}}}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            self.ts_micros.rem_euclid(1_000_000),
            self.metric,
            self.cluster,
            self.topic,
            self.partition,
            self.region,
            self.value_thousandths / 1000,
            self.value_thousandths % 1000,
            self.bytes,
            self.status,
            self.user_id
        )
        .expect("a vector takes everything");
    }
}

/// A number that looks random (the finalizer of SplitMix64, Steele et al. 2014).
pub fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant, "chrono-compatible
/// low-level date algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(-1), (1969, 12, 31));
        assert_eq!(civil_from_days(11_016), (2000, 2, 29));
        assert_eq!(civil_from_days(20_758), (2026, 11, 1));
    }

    #[test]
    fn an_event_is_valid_json_of_the_usual_size() {
        let mut sizes = 0;
        for index in 0..1000 {
            let mut text = Vec::new();
            Event::nth(1, index, 1_793_491_200_000_000 + index as i64).write_json(&mut text);
            let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(json.as_object().unwrap().len(), 10);
            sizes += text.len();
        }
        assert!((205_000..230_000).contains(&sizes), "{sizes}");
    }
}
