//! What stands after FROM: tables, joins, queries.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::expression::Column;
use super::query::Queries;
use super::schema::{TABLES, Table};
use super::tree::{Node, Role};

/// A source with the columns that it offers.
pub(crate) struct Scope {
    pub(crate) node: Node,
    pub(crate) columns: Vec<Column>,
    /// Columns that tell any two different rows apart.
    pub(crate) total: Vec<String>,
}

impl Scope {
    /// A source whose rows only all columns tell apart.
    pub(crate) fn new(node: Node, columns: Vec<Column>) -> Self {
        let total = columns.iter().map(|column| column.sql.clone()).collect();
        Self { node, columns, total }
    }
}

impl Queries<'_> {
    /// A table, a join, a query or a list of values.
    pub(crate) fn source(&mut self, depth: usize) -> Scope {
        match self.random.random_range(0..10) {
            0 if depth > 0 => self.derived(depth - 1),
            1 => self.values(),
            2..=5 if depth > 0 => self.join(depth - 1),
            6 if depth > 0 => self.named_join(),
            _ => self.table(),
        }
    }

    /// A table under a new name.
    pub(crate) fn table(&mut self) -> Scope {
        let table = TABLES.choose(self.random).expect("there are tables");
        let name = self.name();
        aliased(table, &name)
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    fn derived(&mut self, depth: usize) -> Scope {
        let kinds = ["int4", "text", "numeric"];
        let (query, name) = (self.query(&kinds, depth), self.name());
        let columns = kinds.iter().enumerate();
        let columns = columns.map(|(n, kind)| Column { sql: format!("{name}.c{}", n + 1), kind }).collect();
        Scope::new(Node::format(Role::Source, &format!("({{}}) as {name}"), vec![query]), columns)
    }

    fn values(&mut self) -> Scope {
        let name = self.name();
        let kinds = ["int4", "text"];
        let rows = (0..3).map(|_| {
            let cells = kinds.iter().map(|kind| self.value(kind, &[], 0)).collect();
            Node::format(Role::Fixed, "({}, {})", cells)
        });
        let rows = Node::list(", ", 1, rows.collect());
        let columns = kinds
            .iter()
            .zip(["a", "b"])
            .map(|(kind, column)| Column { sql: format!("{name}.{column}"), kind });
        let columns = columns.collect();
        Scope::new(Node::format(Role::Source, &format!("(values {{}}) as {name}(a, b)"), vec![rows]), columns)
    }

    /// A join by an equality, which every kind of join can be computed by.
    fn join(&mut self, depth: usize) -> Scope {
        let (left, right) = (self.source(depth), self.table());
        let pairs = left.columns.iter().flat_map(|left| {
            let same = right.columns.iter().filter(|right| right.kind == left.kind);
            same.map(|right| format!("{} = {}", left.sql, right.sql))
        });
        let pairs: Vec<String> = pairs.collect();
        let columns = [left.columns, right.columns].concat();
        let total = [left.total, right.total].concat();
        let node = match (pairs.choose(self.random), self.random.random_range(0..8)) {
            (None, _) | (_, 0) => Node::format(Role::Source, "{} cross join {}", vec![left.node, right.node]),
            (Some(pair), kind) => {
                let (word, open) =
                    [("join", true), ("left join", true), ("right join", true), ("full join", false)]
                        [kind % 4];
                let more = if open && self.random.random_ratio(1, 3) {
                    let predicate = self.value("bool", &columns, 1);
                    Node::format(Role::Clause, " and {}", vec![predicate])
                } else {
                    Node::leaf(Role::Clause, "")
                };
                let template = format!("{{}} {word} {{}} on {pair}{{}}");
                Node::format(Role::Source, &template, vec![left.node, right.node, more])
            }
        };
        Scope { node, columns, total }
    }

    /// A join by columns of one name, which are merged.
    fn named_join(&mut self) -> Scope {
        let (left, right) = *[(0, 1), (0, 2), (2, 0), (1, 0)].choose(self.random).expect("some");
        let (left, right) = (&TABLES[left], &TABLES[right]);
        let shared =
            left.columns.iter().find(|(name, ..)| right.columns.iter().any(|(other, ..)| name == other));
        let (shared, kind, ..) = *shared.expect("these tables share a column");
        let (left_name, right_name) = (self.name(), self.name());
        let (left, right) = (aliased(left, &left_name), aliased(right, &right_name));
        let word = ["join", "left join", "right join", "full join"].choose(self.random).expect("some");
        let template = if self.random.random() {
            format!("{{}} natural {word} {{}}")
        } else {
            format!("{{}} {word} {{}} using ({shared})")
        };
        let mut columns = [left.columns, right.columns].concat();
        columns.push(Column { sql: shared.to_owned(), kind });
        let node = Node::format(Role::Source, &template, vec![left.node, right.node]);
        Scope { node, columns, total: [left.total, right.total].concat() }
    }
}

fn aliased(table: &Table, alias: &str) -> Scope {
    let columns =
        table.columns.iter().map(|(name, kind, ..)| Column { sql: format!("{alias}.{name}"), kind });
    let node = Node::leaf(Role::Source, format!("{} as {alias}", table.name));
    let mut scope = Scope::new(node, columns.collect());
    // Numbered rows are told apart by their numbers.
    let numbered = table.columns.iter().find(|(.., values)| *values == ["#"]);
    if let Some((name, ..)) = numbered {
        scope.total = vec![format!("{alias}.{name}")];
    }
    scope
}
