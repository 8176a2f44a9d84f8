//! Generated SQL as a tree, so that it can be made smaller and stay SQL.

use std::collections::HashSet;

/// SQL with places for other SQL.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) role: Role,
    /// The text before, between and after the children.
    texts: Vec<String>,
    children: Vec<Node>,
}

/// What a node is, which says what may take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An expression of a type: an expression of that type within it, or a constant.
    Value(&'static str),
    /// A query: a query within it.
    Query,
    /// What follows FROM: a table or a join within it.
    Source,
    /// A clause: nothing.
    Clause,
    /// Children that can go until `min` are left.
    List { min: usize },
    /// Nothing.
    Fixed,
}

impl Node {
    /// SQL without places.
    pub(crate) fn leaf(role: Role, text: impl Into<String>) -> Self {
        Self { role, texts: vec![text.into()], children: Vec::new() }
    }

    /// `texts` stand before, between and after the children.
    pub(crate) fn new(role: Role, texts: Vec<String>, children: Vec<Self>) -> Self {
        assert_eq!(texts.len(), children.len() + 1, "a text on either side of each child: {texts:?}");
        Self { role, texts, children }
    }

    /// A template in which each `{}` is a place.
    pub(crate) fn format(role: Role, template: &str, children: Vec<Self>) -> Self {
        Self::new(role, template.split("{}").map(str::to_owned).collect(), children)
    }

    /// Children with a separator.
    pub(crate) fn list(separator: &str, min: usize, children: Vec<Self>) -> Self {
        let mut texts = vec![separator.to_owned(); children.len() + 1];
        texts[0].clear();
        texts[children.len()].clear();
        Self { role: Role::List { min }, texts, children }
    }

    /// What stands in its places.
    pub(crate) fn children(&self) -> &[Self] {
        &self.children
    }

    pub(crate) fn sql(&self) -> String {
        let mut sql = String::new();
        self.write(&mut sql);
        sql
    }

    fn write(&self, sql: &mut String) {
        for (index, text) in self.texts.iter().enumerate() {
            sql.push_str(text);
            if let Some(child) = self.children.get(index) {
                child.write(sql);
            }
        }
    }

    /// What is left without literals and names: trees of one shape differ for one reason as a rule.
    pub(crate) fn shape(&self) -> String {
        if self.children.is_empty() {
            return match self.role {
                Role::Value(kind) => kind.to_owned(),
                _ => self.texts[0].clone(),
            };
        }
        let mut shape = String::new();
        for (index, text) in self.texts.iter().enumerate() {
            shape.push_str(text);
            if let Some(child) = self.children.get(index) {
                shape.push_str(&child.shape());
            }
        }
        shape
    }

    /// All trees that are one step smaller, the smallest first.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        self.replacements(&mut |tree| found.push(tree));
        let mut seen = HashSet::from([self.sql()]);
        let mut found: Vec<(String, Self)> = found.into_iter().map(|tree| (tree.sql(), tree)).collect();
        found.retain(|(sql, _)| seen.insert(sql.clone()));
        found.sort_by_key(|(sql, _)| sql.len());
        let longest = self.sql().len();
        found.into_iter().filter(|(sql, _)| sql.len() < longest).map(|(_, tree)| tree).collect()
    }

    fn replacements(&self, emit: &mut dyn FnMut(Self)) {
        match self.role {
            Role::Value(kind) => {
                self.descendants(self.role, emit);
                if !self.children.is_empty() {
                    emit(Self::leaf(self.role, format!("null::{kind}")));
                    if let Some(literal) = super::grammar::plain_literals(kind).first() {
                        emit(Self::leaf(self.role, format!("'{literal}'::{kind}")));
                    }
                }
            }
            Role::Query | Role::Source => self.descendants(self.role, emit),
            Role::Clause if self.texts.len() > 1 || !self.texts[0].is_empty() => {
                emit(Self::leaf(Role::Clause, ""));
            }
            Role::List { min } if self.children.len() > min => {
                for index in 0..self.children.len() {
                    let mut smaller = self.clone();
                    smaller.children.remove(index);
                    // A separator goes with its child.
                    smaller.texts.remove(index.max(1));
                    emit(smaller);
                }
            }
            _ => {}
        }
        for (index, child) in self.children.iter().enumerate() {
            child.replacements(&mut |replacement| {
                let mut smaller = self.clone();
                smaller.children[index] = replacement;
                emit(smaller);
            });
        }
    }

    fn descendants(&self, role: Role, emit: &mut dyn FnMut(Self)) {
        for child in &self.children {
            if child.role == role {
                emit(child.clone());
            }
            child.descendants(role, emit);
        }
    }
}
