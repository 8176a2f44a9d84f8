//! Runs cases on both servers.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::answer::{Answer, Difference, Rules, difference};
use super::exceptions::{Exception, exceptions};
use super::expression::{Expressions, Manner};
use super::grammar::{AGGREGATES, EXPRESSIONS, Grammar, TYPES, Table, WINDOWS};
use super::peer::Peer;
use super::query;
use super::schema::{VALUE_TABLES, statements, value_columns};
use super::shrink::smallest;
use super::tree::{Node, Role};

/// How often each form is tried by itself.
const SWEEP_TRIALS: u64 = 4;

/// What is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// One expression, alone or over a table of values.
    Expressions,
    /// Joins, groups, windows, subqueries, sets.
    Queries,
}

/// Which cases run where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first case.
    pub seed: u64,
    /// How many cases.
    pub count: u64,
    /// What is generated.
    pub suite: Suite,
    /// Tidegate: `host:port`.
    pub ours: String,
    /// PostgreSQL: `host:port/database`.
    pub postgres: String,
    /// Whether the wording of errors is compared too.
    pub wording: bool,
}

/// A difference that no exception explains.
#[derive(Clone, Debug)]
pub struct Found {
    /// The case that shows it.
    pub seed: u64,
    /// Its smallest statement.
    pub sql: String,
    /// How the answers differ.
    pub class: String,
    /// PostgreSQL's answer.
    pub theirs: String,
    /// Tidegate's answer.
    pub ours: String,
}

/// What a run has found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Cases that were answered alike.
    pub alike: u64,
    /// Of them, those that failed alike.
    pub failed_alike: u64,
    /// Cases that an exception explains, by its reason.
    pub known: BTreeMap<&'static str, u64>,
    /// One difference of each kind, with the number of cases that show it.
    pub found: Vec<(Found, u64)>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, sql, class, theirs, ours } = self;
        write!(f, "{class} (case {seed})\n  {sql};\n  postgres: {theirs}\n  tidegate: {ours}")
    }
}

/// Both servers.
pub(crate) struct Pair {
    theirs: Peer,
    ours: Peer,
}

impl Pair {
    /// Connects to both and makes the tables anew.
    pub(crate) fn new(options: &Options) -> io::Result<Self> {
        let (address, database) = options.postgres.split_once('/').unwrap_or((&options.postgres, "postgres"));
        let mut pair =
            Self { theirs: Peer::new(address, database), ours: Peer::new(&options.ours, "tidegate") };
        for peer in [&mut pair.theirs, &mut pair.ours] {
            statements().iter().try_for_each(|sql| peer.must(sql))?;
            // A zone with summer time: what is computed in UTC by mistake shows.
            peer.set_up(&["set timezone = 'America/New_York'"]);
        }
        Ok(pair)
    }

    pub(crate) fn difference(&mut self, sql: &str, rules: Rules) -> (Answer, Option<Difference>) {
        let theirs = self.theirs.answer(sql);
        let ours = self.ours.answer(sql);
        let difference = difference(&theirs, &ours, rules);
        (theirs, difference)
    }
}

/// Runs the cases and gives each new difference to `tell` as soon as it is small.
pub fn run(options: &Options, tell: impl FnMut(&Found)) -> io::Result<Report> {
    let pair = Pair::new(options)?;
    let mut run = Run {
        pair,
        wording: options.wording,
        exceptions: exceptions(),
        report: Report::default(),
        kinds: BTreeMap::new(),
        tell,
    };
    let grammar = run.sweep();
    for seed in options.seed..options.seed.saturating_add(options.count) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (tree, rules) = match options.suite {
            Suite::Expressions => expression(&mut random, &grammar),
            Suite::Queries => query::statement(&mut random, &grammar),
        };
        run.case(seed, tree, rules);
    }
    Ok(run.report)
}

struct Run<T> {
    pair: Pair,
    wording: bool,
    exceptions: Vec<Exception>,
    report: Report,
    /// The places in the report.
    kinds: BTreeMap<String, usize>,
    tell: T,
}

impl<T: FnMut(&Found)> Run<T> {
    /// Tries each form by itself. Those that are answered otherwise for ordinary operands would hide all
    /// else in larger expressions: what is left is the table of the others.
    fn sweep(&mut self) -> Grammar {
        let mut grammar = Grammar::default();
        for (kind, plain, edges) in TYPES {
            let mut kept = |literals: &[&'static str]| {
                let literal = |literal: &&&'static str| {
                    let value = Node::leaf(Role::Value(kind), format!("'{literal}'::{kind}"));
                    self.case(0, Node::format(Role::Fixed, "select {} as a", vec![value]), Rules::default())
                };
                literals.iter().filter(literal).copied().collect()
            };
            grammar.literals.insert(kind, [kept(plain), kept(edges)]);
        }
        grammar.forms = self.sweep_table(&EXPRESSIONS, &grammar, "{}", false);
        grammar.aggregates = self.sweep_table(&AGGREGATES, &grammar, "{}", true);
        grammar.windows = self.sweep_table(&WINDOWS, &grammar, "{} over (order by k)", true);
        grammar
    }

    /// The forms of a table that are answered alike for literals and columns within a `call`.
    fn sweep_table(&mut self, table: &Table, grammar: &Grammar, call: &str, approximate: bool) -> Table {
        let mut kept = Table::new();
        for (kind, forms) in table {
            for form in forms {
                let alike = (0..SWEEP_TRIALS).filter(|trial| {
                    let random = &mut SmallRng::seed_from_u64(*trial);
                    let manner = if trial % 2 == 0 { Manner::Tame } else { Manner::Bold };
                    let (tree, rules) = over_values(random, grammar, manner, call, |expressions| {
                        expressions.filled(form, kind, 0)
                    });
                    self.case(*trial, tree, Rules { approximate, ..rules })
                });
                if alike.count() as u64 * 2 > SWEEP_TRIALS {
                    kept.entry(kind).or_default().push(form.clone());
                }
            }
        }
        kept
    }

    /// Whether the answers are alike. A difference is made small and added to the report.
    fn case(&mut self, seed: u64, tree: Node, mut rules: Rules) -> bool {
        rules.wording = self.wording;
        let (theirs, found) = self.pair.difference(&tree.sql(), rules);
        let Some(found) = found else {
            self.report.alike += 1;
            self.report.failed_alike += u64::from(!matches!(theirs, Answer::Rows { .. }));
            return true;
        };
        let class = found.class.clone();
        if let Some(index) = self.kinds.get(&class) {
            self.report.found[*index].1 += 1;
            return false;
        }
        let mut last = found;
        let tree = smallest(tree, |candidate| {
            let (_, found) = self.pair.difference(&candidate.sql(), rules);
            let same = found.filter(|found| found.class == class);
            same.is_some_and(|found| {
                last = found;
                true
            })
        });
        let (sql, is_failure) = (tree.sql(), last.is_failure());
        if let Some(known) = self.exceptions.iter().find(|known| known.explains(&last, &sql)) {
            *self.report.known.entry(known.reason).or_default() += 1;
            return false;
        }
        let Difference { class, theirs, ours } = last;
        let kind = if is_failure { class.clone() } else { format!("{class} {}", tree.shape()) };
        if let Some(index) = self.kinds.get(&kind) {
            self.report.found[*index].1 += 1;
            return false;
        }
        let found = Found { seed, sql, class, theirs, ours };
        (self.tell)(&found);
        self.kinds.insert(kind, self.report.found.len());
        self.report.found.push((found, 1));
        false
    }
}

fn expression(random: &mut SmallRng, grammar: &Grammar) -> (Node, Rules) {
    let (kind, ..) = *TYPES.choose(random).expect("there are types");
    let depth = random.random_range(1..=3);
    over_values(random, grammar, Manner::Bold, "{}", |expressions| expressions.value(kind, depth))
}

/// `SELECT expression`, alone or over one of the tables of values.
fn over_values(
    random: &mut SmallRng,
    grammar: &Grammar,
    manner: Manner,
    call: &str,
    make: impl FnOnce(&mut Expressions<'_>) -> Node,
) -> (Node, Rules) {
    let is_over_table = random.random_bool(0.5) || call != "{}";
    let columns = if is_over_table { value_columns() } else { Vec::new() };
    let name = if random.random_bool(0.7) { " as a" } else { "" };
    let from = match VALUE_TABLES.choose(random) {
        Some(table) if is_over_table => format!(" from {table}"),
        _ => String::new(),
    };
    let value = make(&mut Expressions { random, grammar, columns: &columns, manner });
    let tree = Node::format(Role::Fixed, &format!("select {call}{name}{from}"), vec![value]);
    (tree, Rules { any_failure: is_over_table, ..Rules::default() })
}
