//! A session's own state: settings, transaction with its writes, prepared statements, portals. It holds no plan
//! and no DataFusion state while idle, so that thousands cost little.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::execution::memory_pool::MemoryReservation;
use pgwire::messages::response::TransactionStatus;
use planner::query::Prepared;
use planner::search_path::SearchPath;
use planner::statement::{ParsedStatement, QualifiedName};
use planner::{Engine, OutputStyle, SqlError};
use storage::Database;
use storage::snapshot::Snapshot;
use storage::temporary::{Temporary, TemporaryLimits, Version};
use storage::transaction::Transaction as Writes;

use crate::cursor::Cursor;
use crate::ddl::changes::Changes;
use crate::numbering::Numbering;
use crate::pg::encode::Format;
use crate::pg::execute::{Bound, RowStream};
use crate::pg::sqlstate;
use crate::pg::types::PgType;
use crate::sessions::{Interrupt, SessionGuard, Stop, WantedSetting};
use crate::settings::{self, Settings};

/// Prepared statements or portals of one session.
const NAMED_MAX: usize = 10_000;

/// Where a session stands between two statements.
#[derive(Debug, Default)]
pub enum Transaction {
    /// Each statement for itself.
    #[default]
    Idle,
    /// After BEGIN. The first query takes the snapshot that all read.
    Block(Box<Block>),
    /// After an error in a block: everything but its end is refused.
    Failed(Box<Block>),
}

/// A transaction block.
#[derive(Debug)]
pub struct Block {
    snapshot: Option<Snapshot>,
    /// Whether it failed because its snapshot was taken away.
    too_old: bool,
    /// The settings to which ROLLBACK returns.
    before: Settings,
    /// The settings to which COMMIT returns those that were `SET LOCAL`.
    local: BTreeMap<String, Option<String>>,
    savepoints: Vec<Savepoint>,
}

/// To what ROLLBACK TO returns. The snapshot is the block's: nothing that it reads changes.
#[derive(Debug)]
struct Savepoint {
    name: String,
    settings: Settings,
    local: BTreeMap<String, Option<String>>,
    /// The depth to which writes go back; None where there was nothing written.
    writes: Option<usize>,
    temporary: Version,
}

/// A statement that was parsed and typed.
#[derive(Debug)]
pub struct PreparedStatement {
    /// What was parsed; None for an empty text.
    pub statement: Option<Arc<ParsedStatement>>,
    /// The plan of a query.
    pub query: Option<PreparedQuery>,
    /// The type of each parameter as the client is told.
    pub parameters: Vec<PgType>,
}

/// A typed query with the catalog for which it holds.
#[derive(Clone, Debug)]
pub struct PreparedQuery {
    /// From the planner.
    pub prepared: Arc<Prepared>,
    /// `RETURNING`, over the rows that are inserted or deleted.
    pub returning: Option<Arc<Prepared>>,
    /// Of `DELETE`: what stays.
    pub rest: Option<Arc<Prepared>>,
    /// A changed catalog makes it be typed again.
    pub catalog: Arc<storage::catalog::Catalog>,
    /// So does another `TimeZone` or `IntervalStyle`: they are part of what casts mean.
    pub style: OutputStyle,
    /// And another `search_path`, which is part of what names mean.
    pub path: Arc<SearchPath>,
}

/// A statement with its parameters, ready to run or running.
#[derive(Debug)]
pub struct Portal {
    /// What to run.
    pub statement: Arc<PreparedStatement>,
    /// The query as it was bound.
    pub query: Option<PreparedQuery>,
    /// The values of its parameters.
    pub parameters: Vec<ScalarValue>,
    /// The formats of its result: none, one for all, or one a column.
    pub formats: Vec<Format>,
    /// How far it is.
    pub state: PortalState,
}

/// How far a portal is.
#[derive(Debug, Default)]
pub enum PortalState {
    /// Not begun.
    #[default]
    Ready,
    /// Suspended by a row limit.
    Running(Box<RowStream>),
    /// At its end.
    Done,
}

/// A statement that can be run again where the commit of what it wrote met another one.
#[derive(Debug)]
pub struct Repeatable {
    /// The statement.
    pub statement: Arc<ParsedStatement>,
    /// Its query.
    pub bound: Bound,
    /// What stops it: the time that it may take is that of all runs.
    pub interrupt: Interrupt,
    /// What it answered.
    pub tag: String,
}

/// One client's session.
#[derive(Debug)]
pub struct Session {
    /// Its place among all.
    pub guard: SessionGuard,
    user: String,
    settings: Settings,
    initial: Settings,
    planner: planner::Session,
    /// What the client was last told of settings.
    told: BTreeMap<&'static str, String>,
    /// Whether they may have changed since.
    is_untold: bool,
    transaction: Transaction,
    /// What the block, or the implicit transaction, has written so far.
    writes: Option<Writes>,
    /// A DELETE that is all that the implicit transaction has written.
    repeatable: Option<Repeatable>,
    temporary: Temporary,
    /// Charges them to the memory of queries, while there are any.
    temporary_memory: Option<MemoryReservation>,
    /// The next numbers of their identity columns.
    temporary_numbers: Arc<Numbering>,
    statements: HashMap<String, Arc<PreparedStatement>>,
    portals: HashMap<String, Portal>,
    cursors: HashMap<String, Cursor>,
}

impl Session {
    /// A session of this user whose settings begin, and RESET ends, at `initial`.
    pub fn new(guard: SessionGuard, user: String, mut initial: Settings, temporary: TemporaryLimits) -> Self {
        initial.force("session_authorization", user.clone());
        let planner = planner::Session::default();
        let temporary = Temporary::new(format!("pg_temp_{}", guard.handle.process_id()), temporary);
        let mut session = Self {
            guard,
            user,
            settings: initial.clone(),
            initial,
            planner,
            told: BTreeMap::new(),
            is_untold: true,
            transaction: Transaction::Idle,
            writes: None,
            repeatable: None,
            temporary,
            temporary_memory: None,
            temporary_numbers: Arc::default(),
            statements: HashMap::new(),
            portals: HashMap::new(),
            cursors: HashMap::new(),
        };
        session.settings_changed();
        session
    }

    /// What planning needs to know.
    pub fn planner(&self) -> &planner::Session {
        &self.planner
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes settings; inside a block only until its end where `local`.
    pub fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<(), SqlError> {
        let key = settings::canonical(name);
        let previous = self.settings.values().get(&key).cloned();
        match value {
            Some(value) => self.settings.set(name, value)?,
            None => self.settings.reset(name, &self.initial)?,
        }
        if let Transaction::Block(block) = &mut self.transaction {
            if local {
                block.local.entry(key).or_insert(previous);
            } else {
                block.local.remove(&key);
            }
        }
        self.settings_changed();
        Ok(())
    }

    /// Sets what `set_config` asked for, if its statement succeeded.
    pub fn apply_wanted(&mut self, succeeded: bool) {
        let wanted = self.guard.handle.wanted();
        for WantedSetting { name, value, local } in wanted.into_iter().filter(|_| succeeded) {
            // Outside of a block what is local would end with its statement.
            if !local || self.in_block() {
                // The value was checked when it was asked for.
                let _ = self.set(&name, Some(&value), local);
            }
        }
    }

    /// `RESET ALL`.
    pub fn reset_all(&mut self) {
        self.settings = self.initial.clone();
        self.settings_changed();
    }

    /// `DISCARD TEMP`.
    pub fn discard_temporary(&mut self) {
        self.temporary.clear();
    }

    /// `DISCARD ALL`.
    pub fn discard_all(&mut self) {
        self.discard_temporary();
        self.reset_all();
        self.statements.clear();
        self.portals.clear();
        self.cursors.clear();
    }

    /// The settings of which the client has not been told yet.
    pub fn untold(&mut self) -> Vec<(&'static str, String)> {
        if !std::mem::take(&mut self.is_untold) {
            return Vec::new();
        }
        let changed: Vec<_> = self
            .settings
            .reported()
            .filter(|(name, value)| self.told.get(name).is_none_or(|told| told != value))
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        self.told.extend(changed.iter().cloned());
        changed
    }

    fn settings_changed(&mut self) {
        self.is_untold = true;
        self.guard.handle.set_application_name(self.settings.get("application_name"));
        self.planner = planner::Session {
            user: self.user.clone(),
            time_zone: self.settings.zone().name().to_owned(),
            interval_style: self.settings.interval_style(),
            process_id: self.guard.handle.process_id(),
            path: Arc::new(SearchPath::new(
                self.settings.get("search_path"),
                &self.user,
                self.temporary.schema(),
            )),
            settings: Arc::clone(self.settings.values()),
            ..planner::Session::default()
        };
    }

    /// Begins a block; false where one is open already.
    pub fn begin(&mut self) -> bool {
        if !matches!(self.transaction, Transaction::Idle) {
            return false;
        }
        let before = self.settings.clone();
        self.transaction = Transaction::Block(Box::new(Block {
            snapshot: None,
            too_old: false,
            before,
            local: BTreeMap::new(),
            savepoints: Vec::new(),
        }));
        for name in ["transaction_isolation", "transaction_read_only"] {
            let default = self.settings.get(&format!("default_{name}")).to_owned();
            if self.settings.get(name) != default {
                // A value of the one is a value of the other.
                let _ = self.set(name, Some(&default), true);
            }
        }
        true
    }

    /// Ends a block and drops its portals. What it was, for the command's tag and warning.
    pub fn finish(&mut self, commit: bool) -> Transaction {
        let ended = std::mem::take(&mut self.transaction);
        // Those of a COMMIT were taken and committed before.
        self.writes = None;
        match &ended {
            Transaction::Idle => return ended,
            Transaction::Block(block) if commit => {
                self.commit_temporary();
                self.cursors.retain(|_, cursor| cursor.hold);
                self.cursors.values_mut().for_each(|cursor| cursor.depth = None);
                for (name, value) in &block.local {
                    match value {
                        Some(value) => self.settings.force(name, value.clone()),
                        // It was not there before, so taking it away cannot fail.
                        None => drop(self.settings.reset(name, &self.initial)),
                    }
                }
            }
            Transaction::Block(block) | Transaction::Failed(block) => {
                self.temporary.rollback();
                self.settings = block.before.clone();
            }
        }
        self.cursors.retain(|_, cursor| cursor.depth.is_none());
        self.portals.clear();
        self.settings_changed();
        ended
    }

    /// `SAVEPOINT`.
    pub fn savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        let Transaction::Block(block) = &mut self.transaction else {
            return Err(SqlError::new("25P01", "SAVEPOINT can only be used in transaction blocks"));
        };
        bounded(block.savepoints.len(), "savepoints")?;
        let (settings, local) = (self.settings.clone(), block.local.clone());
        let writes = self.writes.as_mut().map(|writes| {
            let depth = writes.depth();
            writes.savepoint();
            depth
        });
        let temporary = self.temporary.version();
        block.savepoints.push(Savepoint { name: name.to_owned(), settings, local, writes, temporary });
        Ok(())
    }

    /// `RELEASE SAVEPOINT`: forgets it and those after it.
    pub fn release(&mut self, name: &str) -> Result<(), SqlError> {
        let Transaction::Block(block) = &mut self.transaction else {
            return Err(SqlError::new("25P01", "RELEASE SAVEPOINT can only be used in transaction blocks"));
        };
        let index = find_savepoint(block, name)?;
        if let Some(writes) = &mut self.writes {
            writes.release(block.savepoints[index].writes.unwrap_or(1));
        }
        block.savepoints.truncate(index);
        for cursor in self.cursors.values_mut() {
            cursor.depth = cursor.depth.map(|depth| depth.min(index));
        }
        Ok(())
    }

    /// `ROLLBACK TO SAVEPOINT`: undoes what came after it; a block that failed since goes on.
    pub fn rollback_to(&mut self, name: &str) -> Result<(), SqlError> {
        let (Transaction::Block(block) | Transaction::Failed(block)) = &mut self.transaction else {
            return Err(SqlError::new(
                "25P01",
                "ROLLBACK TO SAVEPOINT can only be used in transaction blocks",
            ));
        };
        if block.too_old {
            return Err(Stop::SnapshotTooOld.error());
        }
        let index = find_savepoint(block, name)?;
        block.savepoints.truncate(index + 1);
        let savepoint = &block.savepoints[index];
        self.settings = savepoint.settings.clone();
        self.temporary.restore(savepoint.temporary.clone());
        block.local = savepoint.local.clone();
        match (savepoint.writes, &mut self.writes) {
            (Some(depth), Some(writes)) => writes.rollback_to(depth),
            _ => self.writes = None,
        }
        self.cursors.retain(|_, cursor| cursor.depth.is_none_or(|depth| depth <= index));
        self.transaction = match std::mem::take(&mut self.transaction) {
            Transaction::Failed(block) => Transaction::Block(block),
            other => other,
        };
        self.settings_changed();
        Ok(())
    }

    /// How many savepoints the block has; None outside of one.
    pub fn savepoints(&self) -> Option<usize> {
        match &self.transaction {
            Transaction::Block(block) | Transaction::Failed(block) => Some(block.savepoints.len()),
            Transaction::Idle => None,
        }
    }

    /// An error happened: a block fails.
    pub fn fail(&mut self) {
        self.transaction = match std::mem::take(&mut self.transaction) {
            Transaction::Block(mut block) => {
                self.portals.clear();
                // Without a way back what it read is not needed any more, and pins storage.
                if block.savepoints.is_empty() {
                    block.snapshot = None;
                    self.writes = None;
                    self.temporary.rollback();
                    self.cursors.retain(|_, cursor| cursor.depth.is_none());
                }
                Transaction::Failed(block)
            }
            Transaction::Idle => {
                self.writes = None;
                self.temporary.rollback();
                Transaction::Idle
            }
            other => other,
        };
    }

    /// Gives the block's snapshot back, between two statements: the block fails.
    pub fn lose_snapshot(&mut self) {
        self.fail();
        if let Transaction::Failed(block) = &mut self.transaction {
            block.too_old = true;
            block.snapshot = None;
            self.cursors.retain(|_, cursor| cursor.depth.is_none());
        }
    }

    /// Whether it holds a snapshot between two statements.
    pub fn holds_snapshot(&self) -> bool {
        let (Transaction::Block(block) | Transaction::Failed(block)) = &self.transaction else {
            return false;
        };
        block.snapshot.is_some()
    }

    /// Refuses what a failed block refuses.
    pub fn check_not_failed(&self) -> Result<(), SqlError> {
        match &self.transaction {
            Transaction::Failed(block) if block.too_old => Err(Stop::SnapshotTooOld.error()),
            Transaction::Failed(_) => Err(SqlError::new(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block",
            )),
            _ => Ok(()),
        }
    }

    /// Whether a block is open, failed or not.
    pub fn in_block(&self) -> bool {
        !matches!(self.transaction, Transaction::Idle)
    }

    /// The snapshot that a statement reads: the block's, or the current one, with what the
    /// transaction has written.
    pub fn snapshot(&mut self, database: &Database) -> Result<Snapshot, SqlError> {
        let base = self.base(database);
        let stored = match &mut self.writes {
            Some(writes) => writes.snapshot(&base).map_err(|error| sqlstate::commit(&error))?,
            None => base,
        };
        Ok(self.temporary.snapshot(&stored))
    }

    /// What the transaction has written and the session's temporary tables, to change them.
    pub fn changes(&mut self, database: &Arc<Database>) -> Changes<'_> {
        let base = self.base(database);
        let path = Arc::clone(&self.planner.path);
        let writes = self.writes.get_or_insert_with(|| Writes::new(database));
        Changes { path, writes, temporary: &mut self.temporary, base }
    }

    /// The temporary tables.
    pub fn temporary(&self) -> &Temporary {
        &self.temporary
    }

    /// The next numbers of identity columns of temporary tables.
    pub fn temporary_numbers(&self) -> &Arc<Numbering> {
        &self.temporary_numbers
    }

    /// Whether a name means a temporary table.
    pub fn is_temporary(&mut self, database: &Database, name: &QualifiedName) -> Result<bool, SqlError> {
        let snapshot = self.snapshot(database)?;
        let found = self.planner.path.entry(snapshot.catalog(), name);
        Ok(found.is_some_and(|entry| self.temporary.contains(entry.id)))
    }

    /// The end of a transaction for temporary tables.
    pub fn commit_temporary(&mut self) {
        self.temporary.commit();
        if self.temporary.is_empty() {
            self.temporary_numbers = Arc::default();
        }
    }

    /// Charges temporary tables to the memory of queries as they are now: 53200 where there is none left.
    pub fn charge_temporary(&mut self, engine: &Engine) -> Result<(), SqlError> {
        let bytes = usize::try_from(self.temporary.bytes()).unwrap_or(usize::MAX);
        if bytes == 0 {
            self.temporary_memory = None;
            return Ok(());
        }
        let memory = self.temporary_memory.get_or_insert_with(|| engine.reservation("temporary tables"));
        memory.try_resize(bytes).map_err(SqlError::from)
    }

    /// The snapshot without what the transaction has written.
    pub fn base(&mut self, database: &Database) -> Snapshot {
        match &mut self.transaction {
            Transaction::Block(block) => block.snapshot.get_or_insert_with(|| database.snapshot()).clone(),
            _ => database.snapshot(),
        }
    }

    /// What the transaction has written, to write more.
    pub fn writes(&mut self, database: &Arc<Database>) -> &mut Writes {
        self.writes.get_or_insert_with(|| Writes::new(database))
    }

    /// What the transaction has written, to commit it.
    pub fn take_writes(&mut self) -> Option<Writes> {
        let writes = self.writes.take();
        writes.filter(|writes| !writes.is_empty() && !matches!(self.transaction, Transaction::Failed(_)))
    }

    /// Whether the implicit transaction has written nothing so far.
    pub fn is_untouched(&self) -> bool {
        !self.in_block() && self.writes.as_ref().is_none_or(Writes::is_empty)
    }

    /// Says which statement is all that the implicit transaction has written.
    pub fn set_repeatable(&mut self, repeatable: Option<Repeatable>) {
        self.repeatable = repeatable;
    }

    /// Whether there is one.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable.is_some() && !self.in_block()
    }

    /// It, once.
    pub fn take_repeatable(&mut self) -> Option<Repeatable> {
        self.repeatable.take().filter(|_| !self.in_block())
    }

    /// Whether the transaction may only read.
    pub fn is_read_only(&self) -> bool {
        let setting = if self.in_block() { "transaction_read_only" } else { "default_transaction_read_only" };
        self.settings.get(setting) == "on"
    }

    /// For ReadyForQuery.
    pub fn status(&self) -> TransactionStatus {
        match self.transaction {
            Transaction::Idle => TransactionStatus::Idle,
            Transaction::Block(_) => TransactionStatus::Transaction,
            Transaction::Failed(_) => TransactionStatus::Error,
        }
    }

    /// For `pg_stat_activity`.
    pub fn state(&self) -> &'static str {
        match self.transaction {
            Transaction::Idle => "idle",
            Transaction::Block(_) => "idle in transaction",
            Transaction::Failed(_) => "idle in transaction (aborted)",
        }
    }

    /// Keeps a prepared statement. The unnamed one replaces its predecessor.
    pub fn put_statement(&mut self, name: String, statement: PreparedStatement) -> Result<(), SqlError> {
        if !name.is_empty() && self.statements.contains_key(&name) {
            return Err(SqlError::new("42P05", format!("prepared statement \"{name}\" already exists")));
        }
        bounded(self.statements.len(), "prepared statements")?;
        self.statements.insert(name, Arc::new(statement));
        Ok(())
    }

    /// The prepared statement with this name.
    pub fn statement(&self, name: &str) -> Result<Arc<PreparedStatement>, SqlError> {
        self.statements.get(name).cloned().ok_or_else(|| match name {
            "" => SqlError::new("26000", "unnamed prepared statement does not exist"),
            _ => SqlError::new("26000", format!("prepared statement \"{name}\" does not exist")),
        })
    }

    /// Drops a prepared statement; whether there was one.
    pub fn drop_statement(&mut self, name: &str) -> bool {
        self.statements.remove(name).is_some()
    }

    /// Drops every prepared statement.
    pub fn drop_statements(&mut self) {
        self.statements.clear();
    }

    /// Keeps a portal. The unnamed one replaces its predecessor.
    pub fn put_portal(&mut self, name: String, portal: Portal) -> Result<(), SqlError> {
        if !name.is_empty() && self.portals.contains_key(&name) {
            return Err(SqlError::new("42P03", format!("cursor \"{name}\" already exists")));
        }
        bounded(self.portals.len(), "portals")?;
        self.portals.insert(name, portal);
        Ok(())
    }

    /// The portal with this name.
    pub fn portal(&mut self, name: &str) -> Result<&mut Portal, SqlError> {
        self.portals
            .get_mut(name)
            .ok_or_else(|| SqlError::new("34000", format!("portal \"{name}\" does not exist")))
    }

    /// Takes a portal out, to run it.
    pub fn take_portal(&mut self, name: &str) -> Result<Portal, SqlError> {
        self.portal(name)?;
        self.portals
            .remove(name)
            .ok_or_else(|| SqlError::new("34000", format!("portal \"{name}\" does not exist")))
    }

    /// Puts back what [`Session::take_portal`] took.
    pub fn return_portal(&mut self, name: String, portal: Portal) {
        self.portals.insert(name, portal);
    }

    /// Drops a portal.
    pub fn drop_portal(&mut self, name: &str) {
        self.portals.remove(name);
    }

    /// Refuses a cursor whose name is taken, or one too many.
    pub fn check_new_cursor(&self, name: &str) -> Result<(), SqlError> {
        if self.cursors.contains_key(name) {
            return Err(SqlError::new("42P03", format!("cursor \"{name}\" already exists")));
        }
        bounded(self.cursors.len(), "cursors")
    }

    /// Keeps a cursor, or what [`Session::take_cursor`] took.
    pub fn put_cursor(&mut self, name: String, cursor: Cursor) {
        self.cursors.insert(name, cursor);
    }

    /// The cursor with this name.
    pub fn cursor(&self, name: &str) -> Result<&Cursor, SqlError> {
        self.cursors.get(name).ok_or_else(|| no_cursor(name))
    }

    /// Takes a cursor out, to read from it or to close it.
    pub fn take_cursor(&mut self, name: &str) -> Result<Cursor, SqlError> {
        self.cursors.remove(name).ok_or_else(|| no_cursor(name))
    }

    /// Drops every cursor.
    pub fn drop_cursors(&mut self) {
        self.cursors.clear();
    }

    /// The cursors of the block that are to outlive it.
    pub fn cursors_to_hold(&self) -> Vec<String> {
        let held = self.cursors.iter().filter(|(_, cursor)| cursor.hold && cursor.depth.is_some());
        held.map(|(name, _)| name.clone()).collect()
    }

    /// The end of an implicit transaction ends its portals.
    pub fn end_implicit(&mut self) {
        if !self.in_block() {
            self.portals.clear();
        }
    }
}

fn find_savepoint(block: &Block, name: &str) -> Result<usize, SqlError> {
    let found = block.savepoints.iter().rposition(|savepoint| savepoint.name == name);
    found.ok_or_else(|| SqlError::new("3B001", format!("savepoint \"{name}\" does not exist")))
}

fn no_cursor(name: &str) -> SqlError {
    SqlError::new("34000", format!("cursor \"{name}\" does not exist"))
}

fn bounded(count: usize, what: &str) -> Result<(), SqlError> {
    if count >= NAMED_MAX {
        return Err(SqlError::new("53400", format!("a session may have at most {NAMED_MAX} {what}")));
    }
    Ok(())
}
