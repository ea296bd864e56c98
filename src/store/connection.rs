//! The connection: whichever back end is configured, behind one type that writes the text of each statement once.
//!
//! Diesel's derived enum sees to it that every statement is common to all back ends, but it writes a statement's text anew at
//! each run, once for every pass over it. Here the text is remembered by the statement's type, and the enum is handed a
//! statement that brings it along, and that is of one kind for all of them: what Diesel does with it is compiled once.

use std::{any::TypeId, collections::HashMap, marker::PhantomData, sync::Arc};

use diesel::{
    AppearsOnTable, Connection, ConnectionResult, Expression, QueryResult, RunQueryDsl, SelectableExpression,
    SqliteConnection,
    connection::{
        CacheSize, Instrumentation, LoadConnection, SimpleConnection, TransactionManager, TransactionManagerStatus,
    },
    expression::{QueryMetadata, ValidGrouping},
    internal::derives::multiconnection::{AstPassHelper as _, ConnectionSealed},
    query_builder::{AstPass, Query, QueryBuilder as _, QueryFragment, QueryId},
};

/// Whichever back end is configured. PostgreSQL becomes its second variant.
#[derive(diesel::MultiConnection)]
pub enum Kind {
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// What statements are written for.
pub(super) type Backend = MultiBackend;
type Builder = <Backend as diesel::backend::Backend>::QueryBuilder;

/// A connection.
pub struct Db {
    pub(super) kind: Kind,
    texts: HashMap<TypeId, Arc<Text>>,
}

/// What a statement says.
struct Text {
    sql: String,
    /// Whether the back end may keep it prepared.
    keeps: bool,
}

impl Text {
    fn of(statement: &Statement<'_>, kind: &Kind) -> QueryResult<Self> {
        let (backend, mut builder) = match kind {
            Kind::Sqlite(_) => (Backend::Sqlite(Default::default()), Builder::Sqlite(Default::default())),
        };
        statement.to_sql(&mut builder, &backend)?;
        let sql = builder.finish();
        let keeps = statement.is_safe_to_cache_prepared(&backend)? || is_plain_update(&sql);
        Ok(Self { sql, keeps })
    }
}

/// Diesel has no UPDATE kept, because its text may differ with what is `None`; SQLite reads the one that spends a refresh token
/// for as long as it runs it. The text is the key to what is kept, so nothing can be mistaken; only lists would be ever new.
fn is_plain_update(sql: &str) -> bool {
    sql.starts_with("UPDATE ") && !sql.contains(" IN (")
}

/// What of a statement differs from type to type: the one method of `QueryFragment` that the others are made of.
trait Walk {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, Backend>) -> QueryResult<()>;
}

impl<T: QueryFragment<Backend>> Walk for T {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.walk_ast(pass)
    }
}

/// Any statement.
struct Statement<'q>(Box<dyn Walk + 'q>);

impl QueryFragment<Backend> for Statement<'_> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.0.walk(pass)
    }
}

/// A statement that brings its text along. `T` is what it was: its name, and what it gives.
struct Written<'q, T> {
    statement: Statement<'q>,
    text: Arc<Text>,
    was: PhantomData<T>,
}

impl<T> QueryFragment<Backend> for Written<'_, T> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        if pass.bind_collector().is_some() || pass.debug_binds().is_some() {
            return self.statement.walk_ast(pass);
        }
        pass.push_sql(&self.text.sql);
        if !self.text.keeps {
            pass.unsafe_to_cache_prepared();
        }
        Ok(())
    }
}

impl<T: QueryId> QueryId for Written<'_, T> {
    type QueryId = T::QueryId;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID;
}

impl<T: Query> Query for Written<'_, T> {
    type SqlType = T::SqlType;
}

/// A statement whose text is ever the same, though Diesel cannot tell that by its type: `Name` is what its text is remembered by.
pub(super) struct Steady<Name, T> {
    statement: T,
    name: PhantomData<Name>,
}

/// Gives an UPDATE a name, under which it is written once: its columns are ever the same, and so are its conditions.
pub(super) fn steady<Name, T>(statement: T) -> Steady<Name, T> {
    Steady { statement, name: PhantomData }
}

impl<Name, T: QueryFragment<Backend>> QueryFragment<Backend> for Steady<Name, T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.statement.walk_ast(pass)
    }
}

impl<Name: 'static, T> QueryId for Steady<Name, T> {
    type QueryId = Name;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Name, T> RunQueryDsl<Db> for Steady<Name, T> {}

/// The columns that a row by its key is asked for. They bind nothing, so who collects what is bound does not go through them: of forty
/// columns that takes longer than to look for the row.
pub(super) struct Columns<T>(T);

/// See [`Columns`]; whatever is asked for must be columns and nothing else.
pub(super) fn columns<T>(asked: T) -> Columns<T> {
    Columns(asked)
}

impl<T: QueryFragment<Backend>> QueryFragment<Backend> for Columns<T> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        if pass.bind_collector().is_some() { Ok(()) } else { self.0.walk_ast(pass) }
    }
}

impl<T: Expression> Expression for Columns<T> {
    type SqlType = T::SqlType;
}

impl<T: SelectableExpression<From>, From> SelectableExpression<From> for Columns<T> {}

impl<T: AppearsOnTable<From>, From> AppearsOnTable<From> for Columns<T> {}

impl<T: ValidGrouping<By>, By> ValidGrouping<By> for Columns<T> {
    type IsAggregate = T::IsAggregate;
}

impl<T: QueryId> QueryId for Columns<T> {
    type QueryId = T::QueryId;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID;
}

impl Db {
    /// A connection that has seen no statement yet.
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, texts: HashMap::new() }
    }

    /// The statement with its text.
    fn written<'q, T: QueryFragment<Backend> + QueryId + 'q>(&mut self, statement: T) -> QueryResult<Written<'q, T>> {
        let statement = Statement(Box::new(statement));
        let text = self.text(T::query_id(), &statement)?;
        Ok(Written { statement, text, was: PhantomData })
    }

    /// The text of a statement: from memory, where its type says all of it.
    fn text(&mut self, id: Option<TypeId>, statement: &Statement<'_>) -> QueryResult<Arc<Text>> {
        if let Some(known) = id.and_then(|id| self.texts.get(&id)) {
            return Ok(Arc::clone(known));
        }
        let text = Arc::new(Text::of(statement, &self.kind)?);
        if let Some(id) = id {
            self.texts.insert(id, Arc::clone(&text));
        }
        Ok(text)
    }
}

impl ConnectionSealed for Db {}

impl SimpleConnection for Db {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.kind.batch_execute(query)
    }
}

impl Connection for Db {
    type Backend = Backend;
    type TransactionManager = Self;

    fn establish(url: &str) -> ConnectionResult<Self> {
        Kind::establish(url).map(Self::new)
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Backend> + QueryId,
    {
        let statement = self.written(source)?;
        self.kind.execute_returning_count(&statement)
    }

    fn transaction_state(&mut self) -> &mut Self {
        self
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.kind.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.kind.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.kind.set_prepared_statement_cache_size(size);
    }
}

impl LoadConnection for Db {
    type Cursor<'conn, 'query> = <Kind as LoadConnection>::Cursor<'conn, 'query>;
    type Row<'conn, 'query> = <Kind as LoadConnection>::Row<'conn, 'query>;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Backend> + QueryId + 'query,
        Backend: QueryMetadata<T::SqlType>,
    {
        let statement = self.written(source)?;
        self.kind.load(statement)
    }
}

impl TransactionManager<Db> for Db {
    type TransactionStateData = Self;

    fn begin_transaction(db: &mut Db) -> QueryResult<()> {
        <Kind as TransactionManager<Kind>>::begin_transaction(&mut db.kind)
    }

    fn rollback_transaction(db: &mut Db) -> QueryResult<()> {
        <Kind as TransactionManager<Kind>>::rollback_transaction(&mut db.kind)
    }

    fn commit_transaction(db: &mut Db) -> QueryResult<()> {
        <Kind as TransactionManager<Kind>>::commit_transaction(&mut db.kind)
    }

    fn transaction_manager_status_mut(db: &mut Db) -> &mut TransactionManagerStatus {
        <Kind as TransactionManager<Kind>>::transaction_manager_status_mut(&mut db.kind)
    }
}
