//! Queries over the tables of [`schema`](super::schema) by chance.
//!
//! Whatever the order of rows decides (windows, LIMIT, DISTINCT ON) is ordered by enough columns that
//! only equal rows could change places.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use super::answer::Rules;
use super::expression::{Column, Expressions, Manner};
use super::grammar::{Form, Grammar};
use super::source::Scope;
use super::tree::{Node, Role};

/// Types of results: those that the tables have, so that something can be said of them.
const KINDS: [&str; 9] =
    ["int4", "int8", "text", "numeric", "float8", "date", "timestamp", "timestamptz", "bool"];
const COMPARISONS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
const FRAMES: [&str; 7] = [
    "",
    "",
    " rows between 2 preceding and current row",
    " rows between unbounded preceding and unbounded following",
    " rows between 1 following and 3 following",
    " range between unbounded preceding and current row",
    " groups between 1 preceding and 1 following",
];

/// Makes queries.
pub(crate) struct Queries<'a> {
    pub(crate) random: &'a mut SmallRng,
    pub(crate) grammar: &'a Grammar,
    /// How many names were given.
    pub(crate) names: usize,
}

/// A whole statement, and how its answers are compared.
pub(crate) fn statement(random: &mut SmallRng, grammar: &Grammar) -> (Node, Rules) {
    let count = random.random_range(1..=3);
    let kinds: Vec<&'static str> =
        (0..count).map(|_| *KINDS.choose(random).expect("there are types")).collect();
    let mut queries = Queries { random, grammar, names: 0 };
    let ordinals = |descending: bool| {
        let ordinals =
            (1..=count).map(|n| if descending { format!("{n} desc nulls last") } else { n.to_string() });
        ordinals.collect::<Vec<_>>().join(", ")
    };
    let (tree, ordered) = match queries.random.random_range(0..10) {
        0 => (queries.distinct_on(&kinds, &ordinals(false)), true),
        1..=3 => {
            let template = format!("{{}} order by {}{{}}", ordinals(queries.random.random()));
            let limit = ["", " limit 5", " limit 3 offset 2", " offset 4", " fetch first 2 rows only"];
            let limit = Node::leaf(Role::Clause, *limit.choose(queries.random).expect("some"));
            let query = queries.query(&kinds, 2);
            (Node::format(Role::Fixed, &template, vec![query, limit]), true)
        }
        4 => {
            let source = queries.source(1);
            let inner = queries.select(&kinds, source, 1);
            let columns = kinds.iter().enumerate();
            let columns = columns.map(|(n, kind)| Column { sql: format!("w.c{}", n + 1), kind }).collect();
            let scope = Scope::new(Node::leaf(Role::Fixed, "w"), columns);
            let outer = queries.select(&kinds, scope, 1);
            let word = ["", "materialized ", "not materialized "].choose(queries.random).expect("some");
            (Node::format(Role::Fixed, &format!("with w as {word}({{}}) {{}}"), vec![inner, outer]), false)
        }
        _ => (queries.query(&kinds, 2), false),
    };
    (tree, Rules { ordered, approximate: true, any_failure: true, ..Rules::default() })
}

impl Queries<'_> {
    /// A query with columns `c1`, `c2`, … of these types.
    pub(crate) fn query(&mut self, kinds: &[&'static str], depth: usize) -> Node {
        if depth > 0 && self.random.random_ratio(1, 8) {
            let words = ["union", "union all", "intersect", "except", "intersect all", "except all"];
            let word = words.choose(self.random).expect("there are words");
            let sides = vec![self.query(kinds, depth - 1), self.query(kinds, depth - 1)];
            return Node::format(Role::Query, &format!("({{}}) {word} ({{}})"), sides);
        }
        let source = self.source(depth);
        self.select(kinds, source, depth)
    }

    /// A select of one of the shapes.
    fn select(&mut self, kinds: &[&'static str], scope: Scope, depth: usize) -> Node {
        match self.random.random_range(0..9) {
            0..=2 => self.grouped(kinds, scope, depth),
            3..=4 => self.windowed(kinds, scope, depth),
            shape => {
                let word = if shape == 5 { "distinct " } else { "" };
                let items = kinds.iter().map(|kind| self.value(kind, &scope.columns, depth)).collect();
                self.assembled(&format!("select {word}"), items, scope, "", Vec::new(), depth)
            }
        }
    }

    /// `SELECT items FROM source [WHERE condition]` and what follows.
    fn assembled(
        &mut self,
        select: &str,
        items: Vec<Node>,
        scope: Scope,
        rest: &str,
        rest_children: Vec<Node>,
        depth: usize,
    ) -> Node {
        let items = items.into_iter().enumerate();
        let items =
            items.map(|(n, item)| Node::format(Role::Fixed, &format!("{{}} as c{}", n + 1), vec![item]));
        let condition = if self.random.random_bool(0.5) {
            let predicate = self.predicate(&scope.columns, depth);
            Node::format(Role::Clause, " where {}", vec![predicate])
        } else {
            Node::leaf(Role::Clause, "")
        };
        let mut children = vec![Node::list(", ", 1, items.collect()), scope.node, condition];
        children.extend(rest_children);
        Node::format(Role::Query, &format!("{select}{{}} from {{}}{{}}{rest}"), children)
    }

    fn distinct_on(&mut self, kinds: &[&'static str], ordinals: &str) -> Node {
        let scope = self.source(1);
        let items = kinds.iter().map(|kind| self.value(kind, &scope.columns, 1)).collect();
        self.assembled(
            "select distinct on (1) ",
            items,
            scope,
            &format!(" order by {ordinals}"),
            Vec::new(),
            1,
        )
    }

    fn grouped(&mut self, kinds: &[&'static str], scope: Scope, depth: usize) -> Node {
        let count = self.random.random_range(0..=2);
        let keys: Vec<Column> = (0..count).map(|_| self.key(&scope.columns)).collect();
        let sql: Vec<&str> = keys.iter().map(|key| key.sql.as_str()).collect();
        let mut items: Vec<Node> = Vec::new();
        for kind in kinds {
            let of_key = !keys.is_empty() && self.random.random_bool(0.4);
            items.push(if of_key {
                self.value(kind, &keys, 1)
            } else {
                self.aggregate(kind, &scope.columns, false)
            });
        }
        let mut group = match (&sql[..], self.random.random_range(0..6)) {
            ([], _) => String::new(),
            ([one], 0) => format!(" group by rollup ({one})"),
            ([one, two], 0) => format!(" group by rollup ({one}, {two})"),
            ([one, two], 1) => format!(" group by cube ({one}, {two})"),
            ([one, two], 2) => format!(" group by grouping sets (({one}), ({two}, {one}), ())"),
            (keys, _) => format!(" group by {}", keys.join(", ")),
        };
        if group.starts_with(" group by") && self.random.random_ratio(1, 5) {
            // By its place in the list.
            items[0] = Node::leaf(Role::Fixed, sql[0]);
            group = format!(" group by {}", [&["1"], &sql[1..]].concat().join(", "));
        }
        let having = if self.random.random_ratio(1, 4) {
            let kind = *["int8", "numeric", "text", "float8"].choose(self.random).expect("some");
            let (aggregate, bound) = (self.aggregate(kind, &scope.columns, false), self.value(kind, &[], 0));
            let comparison = COMPARISONS.choose(self.random).expect("some");
            Node::format(Role::Clause, &format!(" having ({{}} {comparison} {{}})"), vec![aggregate, bound])
        } else {
            Node::leaf(Role::Clause, "")
        };
        let group = Node::leaf(Role::Clause, group);
        self.assembled("select ", items, scope, "{}{}", vec![group, having], depth)
    }

    /// What can be grouped by: a column, or an expression of one.
    fn key(&mut self, columns: &[Column]) -> Column {
        let column = columns.choose(self.random).expect("a source has columns").clone();
        if self.random.random_bool(0.75) {
            return column;
        }
        let sql = self.value(column.kind, std::slice::from_ref(&column), 1).sql();
        // A number by itself would be a place in the list.
        let sql = if sql.contains(&column.sql) { sql } else { column.sql };
        Column { sql, kind: column.kind }
    }

    fn aggregate(&mut self, kind: &'static str, columns: &[Column], of_window: bool) -> Node {
        let forms = self.grammar.aggregates.get(kind).map_or(&[][..], Vec::as_slice);
        let is_plain = |form: &&Form| {
            !form.texts.iter().any(|text| ["distinct", "order by"].iter().any(|word| text.contains(word)))
        };
        let forms: Vec<&Form> = forms.iter().filter(|form| !of_window || is_plain(form)).collect();
        let Some(form) = forms.choose(self.random).copied() else {
            return Node::leaf(Role::Value(kind), format!("min(null::{kind})"));
        };
        let call = self.expressions(columns).filled(form, kind, 1);
        if !self.random.random_ratio(1, 5) {
            return call;
        }
        let predicate = self.value("bool", columns, 1);
        let filter = Node::format(Role::Clause, " filter (where {})", vec![predicate]);
        Node::format(Role::Value(kind), "{}{}", vec![call, filter])
    }

    fn windowed(&mut self, kinds: &[&'static str], scope: Scope, depth: usize) -> Node {
        let items = kinds.iter().map(|kind| {
            let forms = self.grammar.windows.get(kind).map_or(&[][..], Vec::as_slice);
            let form = forms.choose(self.random).cloned();
            let call = match form {
                Some(form) if self.random.random_bool(0.5) => {
                    self.expressions(&scope.columns).filled(&form, kind, 1)
                }
                _ => self.aggregate(kind, &scope.columns, true),
            };
            let partition = if self.random.random_bool(0.5) {
                let key = self.key(&scope.columns);
                Node::leaf(Role::Clause, format!("partition by {} ", key.sql))
            } else {
                Node::leaf(Role::Clause, "")
            };
            let direction =
                ["", " desc", " nulls first", " desc nulls last"].choose(self.random).expect("some");
            let order = Node::leaf(Role::Clause, format!("{}{direction}, ", self.key(&scope.columns).sql));
            let frame = Node::leaf(Role::Clause, *FRAMES.choose(self.random).expect("some"));
            let template = format!("{{}} over ({{}}order by {{}}{}{{}})", scope.total.join(", "));
            Node::format(Role::Value(kind), &template, vec![call, partition, order, frame])
        });
        let items = items.collect();
        self.assembled("select ", items, scope, "", Vec::new(), depth)
    }

    /// A condition: an expression, or one with a subquery.
    pub(crate) fn predicate(&mut self, columns: &[Column], depth: usize) -> Node {
        let bool = Role::Value("bool");
        if depth == 0 || self.random.random_bool(0.6) {
            return self.value("bool", columns, 2);
        }
        let kind = columns.choose(self.random).expect("a source has columns").kind;
        let value = self.value(kind, columns, 1);
        match self.random.random_range(0..5) {
            0 => {
                let word = ["exists", "not exists"].choose(self.random).expect("some");
                let query = self.correlated("1", columns);
                Node::format(bool, &format!("{word} ({{}})"), vec![query])
            }
            1 => {
                let word = ["in", "not in"].choose(self.random).expect("some");
                let query = self.query(&[kind], depth - 1);
                Node::format(bool, &format!("({{}} {word} ({{}}))"), vec![value, query])
            }
            2 => {
                let comparison = COMPARISONS.choose(self.random).expect("some");
                let word = ["any", "all"].choose(self.random).expect("some");
                let query = self.query(&[kind], depth - 1);
                Node::format(bool, &format!("({{}} {comparison} {word} ({{}}))"), vec![value, query])
            }
            3 => {
                let comparison = COMPARISONS.choose(self.random).expect("some");
                let query = self.correlated("count(*)", columns);
                Node::format(bool, &format!("(({{}}) {comparison} 2)"), vec![query])
            }
            _ => {
                let word = ["and", "or"].choose(self.random).expect("some");
                let sides = vec![self.predicate(columns, depth - 1), self.predicate(columns, depth - 1)];
                Node::format(bool, &format!("({{}} {word} {{}})"), sides)
            }
        }
    }

    /// A query whose rows depend on the row outside.
    fn correlated(&mut self, item: &str, outer: &[Column]) -> Node {
        let scope = self.table();
        let pairs = scope.columns.iter().flat_map(|inner| {
            let same = outer.iter().filter(|outer| outer.kind == inner.kind);
            same.map(|outer| format!("{} = {}", inner.sql, outer.sql))
        });
        let pairs: Vec<String> = pairs.collect();
        let link = pairs.choose(self.random).cloned().unwrap_or_else(|| "true".to_owned());
        let more = self.value("bool", &scope.columns, 1);
        let more = Node::format(Role::Clause, " and {}", vec![more]);
        Node::format(
            Role::Fixed,
            &format!("select {item} from {{}} where {link}{{}}"),
            vec![scope.node, more],
        )
    }

    fn expressions<'b>(&'b mut self, columns: &'b [Column]) -> Expressions<'b> {
        Expressions { random: self.random, grammar: self.grammar, columns, manner: Manner::Tame }
    }

    pub(crate) fn value(&mut self, kind: &'static str, columns: &[Column], depth: usize) -> Node {
        self.expressions(columns).value(kind, depth)
    }
}
