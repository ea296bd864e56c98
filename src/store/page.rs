//! Keyset pages: as fast on the last page as on the first, and steady while rows come and go.

/// Which way a page lies from a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Toward {
    /// Rows that sort after it.
    Older,
    /// Rows that sort before it.
    Newer,
}

/// A place in a list that is sorted by a number and, where it ties, by a text, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seek {
    /// Which way the page lies.
    pub toward: Toward,
    /// The number of the row at whose edge the page begins.
    pub at: i64,
    /// The text of that row.
    pub id: String,
}

impl Seek {
    /// What lies that way of a row with that number and that text.
    pub fn at(toward: Toward, (at, id): (i64, String)) -> Self {
        Self { toward, at, id }
    }

    /// Reads what [`Seek`]'s `Display` wrote into a link; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let toward = match parts.next()? {
            "older" => Toward::Older,
            "newer" => Toward::Newer,
            _ => return None,
        };
        Some(Self { toward, at: parts.next()?.parse().ok()?, id: parts.next()?.to_owned() })
    }
}

impl std::fmt::Display for Seek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let toward = match self.toward {
            Toward::Older => "older",
            Toward::Newer => "newer",
        };
        write!(f, "{toward}.{}.{}", self.at, self.id)
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its rows, newest first.
    pub rows: Vec<T>,
    /// The page of newer rows, if there is one.
    pub newer: Option<Seek>,
    /// The page of older rows, if there is one.
    pub older: Option<Seek>,
}

impl<T> Page<T> {
    /// Makes a page from up to `size + 1` rows in the order of the query: newest first, or oldest first when the page was
    /// sought towards newer rows.
    pub fn assemble(mut rows: Vec<T>, size: usize, seek: Option<&Seek>, key: impl Fn(&T) -> (i64, String)) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let toward = seek.map(|s| s.toward);
        if toward == Some(Toward::Newer) {
            rows.reverse();
        }
        let edge = |row: Option<&T>, toward| {
            row.map(|row| {
                let (at, id) = key(row);
                Seek { toward, at, id }
            })
        };
        let has_newer = if toward == Some(Toward::Newer) { more } else { toward.is_some() };
        let has_older = if toward == Some(Toward::Newer) { true } else { more };
        Self {
            newer: edge(rows.first(), Toward::Newer).filter(|_| has_newer),
            older: edge(rows.last(), Toward::Older).filter(|_| has_older),
            rows,
        }
    }

    /// The same page with its rows turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(turn).collect(), newer: self.newer, older: self.older }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: &i64) -> (i64, String) {
        (*n, format!("row.{n}"))
    }

    #[test]
    fn walks_there_and_back() {
        let first = Page::assemble(vec![9, 8, 7], 2, None, key);
        assert_eq!((first.rows, first.newer), (vec![9, 8], None));
        let older = first.older.unwrap();
        assert_eq!(Seek::parse(&older.to_string()), Some(older.clone()));
        let last = Page::assemble(vec![7], 2, Some(&older), key);
        assert_eq!(last.older, None);
        let back = last.newer.unwrap();
        let again = Page::assemble(vec![8, 9], 2, Some(&back), key);
        assert_eq!((again.rows, again.newer), (vec![9, 8], None));
        for bad in ["", "older", "older.x.y", "sideways.1.y", "older.1"] {
            assert_eq!(Seek::parse(bad), None, "{bad}");
        }
    }
}
