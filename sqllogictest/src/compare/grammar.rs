//! The table of what is generated: types with their literals, operators, functions, aggregates.
//!
//! A form is a line `type = template`, where `{type}` is a place for an expression of that type,
//! `{word}` one for a literal of a word list, and a capital letter stands for one type of a class,
//! the same in the whole line. A line that begins with `!` may fail for ordinary values (a division by
//! zero, a text that is no number) and is left out where an error would hide everything else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A type's name with ordinary literals and with those of the edges.
type Literals = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Types. The literals stand within quotes.
pub(crate) const TYPES: &[Literals] = &[
    ("bool", &["t", "f"], &["true", "no", "on"]),
    ("int2", &["1", "0", "7", "-3"], &["32767", "-32768"]),
    ("int4", &["1", "0", "2", "-7", "42"], &["2147483647", "-2147483648", "65536"]),
    ("int8", &["1", "0", "-5", "3000000000"], &["9223372036854775807", "-9223372036854775808"]),
    ("float4", &["1", "0", "2.5", "-0.25"], &["NaN", "-0", "3.4e38", "Infinity", "1e-40", "0.1"]),
    (
        "float8",
        &["1", "0", "0.5", "-3.75"],
        &["NaN", "-0", "1e308", "-Infinity", "1e-310", "0.1", "1e15", "123456789012345680000"],
    ),
    (
        "numeric",
        &["1.5", "0", "-2.25", "10", "3.10"],
        &["NaN", "0.000001", "99999999999999999999", "1e10", "-0.005", "0.00"],
    ),
    (
        "text",
        &["abc", "a", "Hello World", "x,y,z"],
        &["", " pad ", "añb", "12", "1.5", "it''s", "a%b_c", "2024-02-29", "true", "日本"],
    ),
    (
        "date",
        &["2024-01-31", "2023-03-01", "1999-12-31"],
        &["2024-02-29", "infinity", "0001-01-01", "2000-01-01 BC", "9999-12-31", "2023-01-01"],
    ),
    ("time", &["10:20:30", "00:00:00"], &["23:59:59.999999", "12:00:00.5", "24:00:00"]),
    (
        "timestamp",
        &["2024-01-31 10:20:30", "2023-03-01 00:00:00"],
        &[
            "2024-02-29 23:59:59.999999",
            "-infinity",
            "1969-12-31 23:59:59.5",
            "2024-03-31 02:30:00",
            "0044-03-15 12:00:00 BC",
        ],
    ),
    (
        "timestamptz",
        &["2024-01-31 10:20:30+00", "2023-07-01 00:00:00+02"],
        &[
            "2024-03-31 01:00:00+00",
            "2024-10-27 00:30:00+00",
            "2024-11-03 05:59:59.999999+00",
            "infinity",
            "1900-01-01 00:00:00+00",
        ],
    ),
    (
        "interval",
        &["1 day", "2 hours", "1 month"],
        &[
            "-1 day",
            "1 year 2 months 3 days 04:05:06.789",
            "0",
            "-00:00:01.5",
            "31 days",
            "1 mon -1 day",
            "100 hours",
        ],
    ),
    (
        "uuid",
        &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        &["00000000-0000-0000-0000-000000000000", "A0EEBC999C0B4EF8BB6D6BB9BD380A12"],
    ),
    (
        "jsonb",
        &["{\"a\": 1, \"b\": [1, 2, {\"c\": null}]}", "[1, \"x\", true]"],
        &["null", "1.50", "\"text\"", "{}", "[]", "{\"b\": {\"a\": \"x\"}, \"a\": -1e2}"],
    ),
    ("int4[]", &["{1,2,3}", "{5}"], &["{}", "{1,NULL,3}", "{2147483647,-1}"]),
    ("text[]", &["{a,b}", "{x}"], &["{}", "{NULL,a}", "{\"a b\",\"\",\"NULL\"}", "{it''s}"]),
];

/// Words that stand where no expression of a type would make sense.
const WORDS: &[(&str, &[&str])] = &[
    ("small", &["0", "1", "2", "3", "5", "(-1)", "(-2)", "null"]),
    ("positive", &["1", "2", "3", "10"]),
    (
        "unit",
        &[
            "'year'",
            "'month'",
            "'day'",
            "'hour'",
            "'minute'",
            "'second'",
            "'week'",
            "'quarter'",
            "'decade'",
            "'century'",
            "'milliseconds'",
        ],
    ),
    ("dateunit", &["'year'", "'month'", "'day'", "'week'", "'quarter'", "'century'"]),
    (
        "field",
        &[
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "epoch",
            "dow",
            "isodow",
            "doy",
            "week",
            "isoyear",
            "quarter",
            "decade",
            "century",
            "millennium",
            "milliseconds",
            "microseconds",
            "julian",
        ],
    ),
    (
        "datefield",
        &[
            "year",
            "month",
            "day",
            "epoch",
            "dow",
            "isodow",
            "doy",
            "week",
            "isoyear",
            "quarter",
            "decade",
            "century",
            "millennium",
            "julian",
        ],
    ),
    ("timefield", &["hour", "minute", "second", "epoch", "milliseconds", "microseconds"]),
    (
        "spanfield",
        &[
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "epoch",
            "quarter",
            "decade",
            "century",
            "milliseconds",
            "microseconds",
        ],
    ),
    (
        "zone",
        &[
            "'UTC'",
            "'Europe/Berlin'",
            "'America/New_York'",
            "'Asia/Kolkata'",
            "'+02'",
            "'EST'",
            "interval '1 hour'",
        ],
    ),
    ("pattern", &["'a%'", "'%b%'", "'_b_'", "'%'", "''", "'A%'", "'a\\%b%'", "'%o W%'", "'a'"]),
    ("regex", &["'^a'", "'b.*'", "'[a-c]+'", "'\\d+'", "'(.)b'", "'x|y'", "''", "'\\s'", "'^[[:alpha:]]+$'"]),
    ("flags", &["''", "'i'", "'g'", "'gi'"]),
    (
        "daypattern",
        &[
            "'YYYY-MM-DD'",
            "'HH24:MI:SS'",
            "'Mon DD, YYYY'",
            "'FMDay'",
            "'DDD IW IYYY'",
            "'HH12:MI AM'",
            "'US MS'",
            "'YY Q WW D'",
            "'Month'",
            "'TMMonth dd th'",
            "'FMMonth FMDDth'",
        ],
    ),
    ("spanpattern", &["'DD HH24:MI:SS'", "'HH24'", "'FMHH:MI'"]),
    (
        "numberpattern",
        &[
            "'999.99'",
            "'FM999'",
            "'0000'",
            "'9,999.00'",
            "'S99'",
            "'999D9'",
            "'FM90.0099'",
            "'RN'",
            "'9.99EEEE'",
            "'99PR'",
        ],
    ),
    ("key", &["'a'", "'b'", "'zz'"]),
    ("path", &["'{a}'", "'{b,0}'", "'{b,2,c}'", "'{b,a}'", "'{}'"]),
    ("base", &["'hex'", "'base64'", "'escape'"]),
];

/// Every type.
const ALL: &[&str] = &[
    "bool",
    "int2",
    "int4",
    "int8",
    "float4",
    "float8",
    "numeric",
    "text",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "jsonb",
    "int4[]",
    "text[]",
];

/// Types that a capital letter stands for.
const CLASSES: &[(&str, &[&str])] = &[
    ("N", &["int2", "int4", "int8", "float4", "float8", "numeric"]),
    ("I", &["int2", "int4", "int8"]),
    ("X", &["float8", "numeric"]),
    ("O", ALL),
    ("T", ALL),
    (
        "M",
        &[
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric",
            "text",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "interval",
        ],
    ),
    ("D", &["date", "timestamp", "timestamptz"]),
    ("S", &["timestamp", "timestamptz"]),
    ("A", &["int4[]", "text[]"]),
];

/// One line of a table, for one choice of the types that its capital letters stand for.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Texts before, between and after the places.
    pub(crate) texts: Vec<String>,
    pub(crate) places: Vec<Place>,
    /// Whether it may fail for ordinary values.
    pub(crate) fails: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Value(&'static str),
    Word(&'static [&'static str]),
}

/// What a run makes expressions of: the tables without what was found to be answered otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grammar {
    pub(crate) forms: Table,
    pub(crate) aggregates: Table,
    pub(crate) windows: Table,
    /// Ordinary literals and those of the edges, without quotes.
    pub(crate) literals: BTreeMap<&'static str, [Vec<&'static str>; 2]>,
}

impl Grammar {
    /// All that the tables have.
    pub(crate) fn whole() -> Self {
        let literals = TYPES.iter().map(|(kind, plain, edges)| (*kind, [plain.to_vec(), edges.to_vec()]));
        Self {
            forms: EXPRESSIONS.clone(),
            aggregates: AGGREGATES.clone(),
            windows: WINDOWS.clone(),
            literals: literals.collect(),
        }
    }
}

/// Forms by the type that they give.
pub(crate) type Table = BTreeMap<&'static str, Vec<Form>>;

/// Operators and functions.
pub(crate) static EXPRESSIONS: LazyLock<Table> = LazyLock::new(|| table(include_str!("forms.txt")));
/// Aggregates.
pub(crate) static AGGREGATES: LazyLock<Table> = LazyLock::new(|| table(include_str!("aggregates.txt")));
/// What stands before OVER and nowhere else.
pub(crate) static WINDOWS: LazyLock<Table> = LazyLock::new(|| table(include_str!("windows.txt")));

/// The ordinary literals of a type, without quotes.
pub(crate) fn plain_literals(kind: &str) -> &'static [&'static str] {
    TYPES.iter().find(|(name, ..)| *name == kind).map_or(&[], |(_, plain, _)| plain)
}

fn table(lines: &str) -> Table {
    let mut table = Table::new();
    for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (fails, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (result, template) = line.split_once(" = ").expect("a form is `type = template`");
        let class = CLASSES
            .iter()
            .find(|(letter, _)| *letter == result || template.contains(&format!("{{{letter}}}")));
        let choices = class.map_or(&[""][..], |(_, types)| types);
        let letter = class.map_or("", |(letter, _)| letter);
        for choice in choices {
            let (texts, places) = places(template, letter, choice);
            let kind = if result == letter { choice } else { result };
            let kind = type_named(kind).expect("a form gives a type");
            table.entry(kind).or_default().push(Form { texts, places, fails });
        }
    }
    table
}

/// `{…}` are places, all else is text; `letter` stands for the type `choice`.
fn places(template: &str, letter: &str, choice: &str) -> (Vec<String>, Vec<Place>) {
    let (mut texts, mut places) = (Vec::new(), Vec::new());
    let mut pieces = template.split('{');
    texts.push(pieces.next().unwrap_or_default().to_owned());
    for piece in pieces {
        let (name, text) = piece.split_once('}').expect("a place is closed");
        let name = if name == letter { choice } else { name };
        let word = WORDS.iter().find(|(word, _)| *word == name).map(|(_, words)| Place::Word(words));
        let place = word.or_else(|| type_named(name).map(Place::Value));
        places.push(place.unwrap_or_else(|| panic!("{name} of {template} is neither a type nor a word")));
        texts.push(text.to_owned());
    }
    // An operator's operands are told apart by parentheses.
    let is_call = template.ends_with(')') && template.starts_with(|first: char| first.is_alphabetic());
    if !is_call {
        texts[0].insert(0, '(');
        texts.last_mut().expect("there is a text").push(')');
    }
    (texts, places)
}

fn type_named(name: &str) -> Option<&'static str> {
    TYPES.iter().map(|(name, ..)| *name).find(|known| *known == name)
}
