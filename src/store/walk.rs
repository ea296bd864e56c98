//! The SQL of keyset pages, whatever they are sorted by: what lies beyond a place, and in which order one gets there.

use diesel::{
    BoxableExpression,
    dsl::sql,
    expression::SqlLiteral,
    sql_types::{BigInt, Bool, Text},
};

use super::{
    connection::Backend,
    page::{Seek, Toward},
};

/// A way through a list, along an index of a column and of the id that tells apart what ties.
#[derive(Clone, Copy)]
pub(super) struct Walk<'w> {
    /// The column, as its index has it.
    pub column: &'static str,
    /// Its values are texts, not numbers.
    pub is_text: bool,
    /// The column of the ids.
    pub id: &'static str,
    /// The largest value comes first.
    pub falls: bool,
    /// Where the page begins.
    pub seek: Option<&'w Seek>,
}

impl Walk<'_> {
    /// The rows of a table that lie beyond the place where the page begins.
    pub(super) fn beyond<T: 'static>(&self) -> Box<dyn BoxableExpression<T, Backend, SqlType = Bool>> {
        let Some(seek) = self.seek else { return Box::new(sql::<Bool>("1 = 1")) };
        let (Self { column, id, .. }, sign) = (self, if self.descends() { '<' } else { '>' });
        let first = sql::<Bool>(&format!("{column} {sign}= "));
        let (then, tie) = (format!(" AND ({column} {sign} "), format!(" OR {id} {sign} "));
        if self.is_text {
            let (text, known) = seek.id.split_once('\n').unwrap_or_default();
            let (text, known) = (text.to_owned(), known.to_owned());
            let first = first.bind::<Text, _>(text.clone()).sql(&then).bind::<Text, _>(text);
            return Box::new(first.sql(&tie).bind::<Text, _>(known).sql(")"));
        }
        let first = first.bind::<BigInt, _>(seek.at).sql(&then).bind::<BigInt, _>(seek.at);
        Box::new(first.sql(&tie).bind::<Text, _>(seek.id.clone()).sql(")"))
    }

    /// The order in which the rows of the page are read.
    pub(super) fn order(&self) -> SqlLiteral<(BigInt, Text)> {
        let (Self { column, id, .. }, way) = (self, if self.descends() { "DESC" } else { "ASC" });
        sql(&format!("{column} {way}, {id} {way}"))
    }

    fn descends(&self) -> bool {
        self.falls != self.seek.is_some_and(|seek| seek.toward == Toward::Newer)
    }
}

/// The place of a row in a list that is sorted by a text.
pub(super) fn lettered(text: &str, id: &str) -> (i64, String) {
    (0, format!("{text}\n{id}"))
}
